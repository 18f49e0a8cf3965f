/* A small `main` for the upstream library: options, arguments, errors and exit statuses as in
 * upstream's lua.c, without signals and line editing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

enum { LINE = 4096 };

static const char *program = "lua";

static int usage(const char *option) {
    fprintf(stderr, "%s: ", program);
    if (option[1] == 'e' || option[1] == 'l') fprintf(stderr, "'%s' needs argument\n", option);
    else fprintf(stderr, "unrecognized option '%s'\n", option);
    fprintf(stderr,
            "usage: %s [options] [script [args]]\n"
            "Available options are:\n"
            "  -e stat   execute string 'stat'\n"
            "  -i        enter interactive mode after executing 'script'\n"
            "  -l mod    require library 'mod' into global 'mod'\n"
            "  -v        show version information\n"
            "  -W        turn warnings on\n"
            "  --        stop handling options\n"
            "  -         stop handling options and execute stdin\n",
            program);
    return EXIT_FAILURE;
}

/* Says an error that no `pcall` caught. */
static int report(lua_State *L, int status) {
    if (status == LUA_OK) return status;
    const char *message = lua_tostring(L, -1);
    fflush(stdout);
    fprintf(stderr, "%s: %s\n", program, message ? message : "(error message not a string)");
    fflush(stderr);
    lua_pop(L, 1);
    return status;
}

/* Turns an error into a message with a traceback. */
static int traced(lua_State *L) {
    const char *message = lua_tostring(L, 1);
    if (!message) {
        if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
        message = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
    }
    luaL_traceback(L, L, message, 1);
    return 1;
}

static int call(lua_State *L, int arguments, int results) {
    int base = lua_gettop(L) - arguments;
    lua_pushcfunction(L, traced);
    lua_insert(L, base);
    int status = lua_pcall(L, arguments, results, base);
    lua_remove(L, base);
    return status;
}

static int run(lua_State *L, int loaded) {
    return report(L, loaded == LUA_OK ? call(L, 0, 0) : loaded);
}

static int run_text(lua_State *L, const char *text, const char *name) {
    return run(L, luaL_loadbuffer(L, text, strlen(text), name));
}

/* `-l name` or `-l global=name`. */
static int require(lua_State *L, char *argument) {
    char *module = strchr(argument, '=');
    if (module) *module++ = '\0';
    else module = argument;
    lua_getglobal(L, "require");
    lua_pushstring(L, module);
    int status = call(L, 1, 1);
    if (status == LUA_OK) lua_setglobal(L, argument);
    return report(L, status);
}

/* The table `arg`: the script at 0, its arguments above, the options below. */
static void set_arg(lua_State *L, char **argv, int argc, int script) {
    if (script == argc) script = 0;
    lua_createtable(L, argc - script, script + 1);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i - script);
    }
    lua_setglobal(L, "arg");
}

static int run_script(lua_State *L, char **argv, int argc, int script) {
    const char *name = argv[script];
    if (strcmp(name, "-") == 0 && strcmp(argv[script - 1], "--") != 0) name = NULL;
    int status = luaL_loadfile(L, name);
    if (status != LUA_OK) return report(L, status);
    luaL_checkstack(L, argc - script, "too many arguments to script");
    for (int i = script + 1; i < argc; i++) lua_pushstring(L, argv[i]);
    return report(L, call(L, argc - script - 1, LUA_MULTRET));
}

/* Pushes a line of input, without its end; 0 at the end of the input. */
static int read_line(lua_State *L, const char *prompt) {
    char part[LINE];
    fputs(prompt, stdout);
    fflush(stdout);
    luaL_Buffer line;
    luaL_buffinit(L, &line);
    int any = 0;
    while (fgets(part, sizeof part, stdin)) {
        size_t length = strlen(part);
        int ended = length > 0 && part[length - 1] == '\n';
        any = 1;
        luaL_addlstring(&line, part, length - (size_t)ended);
        if (ended) break;
    }
    luaL_pushresult(&line);
    return any;
}

/* Whether the chunk only lacks its end. */
static int incomplete(lua_State *L, int status) {
    if (status != LUA_ERRSYNTAX) return 0;
    const char *message = lua_tostring(L, -1), *mark = "<eof>";
    size_t length = strlen(message), tail = strlen(mark);
    return length >= tail && strcmp(message + length - tail, mark) == 0;
}

/* Leaves a compiled chunk, or the error, as the only value; -1 at the end of the input. */
static int load_chunk(lua_State *L) {
    if (!read_line(L, "> ")) return -1;
    const char *expression = lua_pushfstring(L, "return %s", lua_tostring(L, 1));
    int status = luaL_loadbuffer(L, expression, strlen(expression), "=stdin");
    if (status != LUA_OK) {
        lua_settop(L, 1);
        for (;;) {
            const char *chunk = lua_tostring(L, 1);
            status = luaL_loadbuffer(L, chunk, strlen(chunk), "=stdin");
            if (!incomplete(L, status)) break;
            lua_pop(L, 1);
            if (!read_line(L, ">> ")) {
                lua_settop(L, 1);
                chunk = lua_tostring(L, 1);
                status = luaL_loadbuffer(L, chunk, strlen(chunk), "=stdin");
                break;
            }
            lua_pushfstring(L, "%s\n%s", lua_tostring(L, 1), lua_tostring(L, 2));
            lua_replace(L, 1);
            lua_settop(L, 1);
        }
    }
    lua_replace(L, 1);
    lua_settop(L, 1);
    return status;
}

static void print_results(lua_State *L) {
    int n = lua_gettop(L);
    if (n == 0) return;
    lua_getglobal(L, "print");
    lua_insert(L, 1);
    if (lua_pcall(L, n, 0, 0) != LUA_OK) {
        fprintf(stderr, "%s: error calling 'print' (%s)\n", program, lua_tostring(L, -1));
    }
}

static void repl(lua_State *L) {
    lua_settop(L, 0);
    for (int status; (status = load_chunk(L)) != -1; lua_settop(L, 0)) {
        if (status == LUA_OK) status = call(L, 0, LUA_MULTRET);
        if (status == LUA_OK) print_results(L);
        else report(L, status);
    }
    lua_settop(L, 0);
    fputs("\n", stdout);
    fflush(stdout);
}

static void version(void) { puts(LUA_COPYRIGHT); }

/* Runs in protected mode, so that no error ends the process without a message. */
static int protected_main(lua_State *L) {
    int argc = (int)lua_tointeger(L, 1), interactive = 0, versions = 0, executes = 0, script = 1;
    char **argv = lua_touserdata(L, 2);
    luaL_checkversion(L);

    for (; script < argc && argv[script][0] == '-' && argv[script][1]; script++) {
        const char *option = argv[script];
        char letter = option[1];
        if (strcmp(option, "--") == 0) { script++; break; }
        if ((letter == 'e' || letter == 'l') && (option[2] || (script + 1 < argc && argv[script + 1][0] != '-'))) {
            if (letter == 'e') executes = 1;
            if (!option[2]) script++;
        } else if (strcmp(option, "-i") == 0) interactive = versions = 1;
        else if (strcmp(option, "-v") == 0) versions = 1;
        else if (strcmp(option, "-E") == 0 || strcmp(option, "-W") == 0) continue;
        else { lua_pushinteger(L, usage(option)); return 1; }
    }
    int options = script;
    if (versions) version();
    luaL_openlibs(L);
    set_arg(L, argv, argc, script);
    lua_gc(L, LUA_GCGEN, 0, 0);

    int status = LUA_OK;
    for (int i = 1; i < options && status == LUA_OK; i++) {
        char letter = argv[i][0] == '-' ? argv[i][1] : 0;
        if (letter == 'W') lua_warning(L, "@on", 0);
        if (letter != 'e' && letter != 'l') continue;
        char *argument = argv[i][2] ? argv[i] + 2 : argv[++i];
        status = letter == 'e' ? run_text(L, argument, "=(command line)") : require(L, argument);
    }
    if (status == LUA_OK && script < argc) status = run_script(L, argv, argc, script);
    if (status == LUA_OK) {
        if (interactive) repl(L);
        else if (script == argc && !executes && !versions) {
            if (isatty(STDIN_FILENO)) { version(); repl(L); }
            else status = run(L, luaL_loadfile(L, NULL));
        }
    }
    lua_pushinteger(L, status == LUA_OK ? EXIT_SUCCESS : EXIT_FAILURE);
    return 1;
}

int main(int argc, char **argv) {
    lua_State *L = luaL_newstate();
    if (!L) {
        fprintf(stderr, "%s: cannot create state: not enough memory\n", program);
        return EXIT_FAILURE;
    }
    lua_pushcfunction(L, protected_main);
    lua_pushinteger(L, argc);
    lua_pushlightuserdata(L, argv);
    int status = report(L, lua_pcall(L, 2, 1, 0));
    int code = status == LUA_OK ? (int)lua_tointeger(L, -1) : EXIT_FAILURE;
    lua_close(L);
    return fflush(stdout) == 0 ? code : EXIT_FAILURE;
}
