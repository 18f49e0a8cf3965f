/* The runtime around QuickJS: what its files share. The glue's header says what it is to the glue. */
#ifndef WBX_RUNTIME_H
#define WBX_RUNTIME_H

#include <stdlib.h>

#include "glue.h"

/* Stack of JavaScript in bytes, in linear memory. The wasm stack of the host's interpreters, 16 MiB,
 * is used up beside it, and faster on some paths: the lane's tests walk them. */
#define WBX_STACK (1024 * 1024)

/* What is the matter with the instance. */
typedef enum {
    /* The prelude is evaluated, or a program is checked or evaluated, for a snapshot. */
    WBX_PREPARING,
    /* The snapshot stands; nothing of this instance has run yet. */
    WBX_ASLEEP,
    WBX_AWAKE,
} wbx_phase;

typedef struct {
    wbx_phase phase;
    JSRuntime *rt;
    JSContext *ctx;
    /* What the prelude and the C code offer each other. */
    JSValue internal;
    /* The main module's namespace once the program is evaluated. */
    JSValue exports;
    bool evaluated;
    /* Where the clock stood when the snapshot was made, and what is subtracted of the host's. */
    double elapsed, origin;
} wbx_state;

extern wbx_state wbx;

/* ---- program.c: the files of a program, a tar archive whose first file is the main module ---- */

typedef struct {
    const char *path;
    const char *data;
    size_t size;
} wbx_file;

/* Keeps `bytes`. False if they are no archive. */
bool wbx_program_open(uint8_t *bytes, size_t size);
const wbx_file *wbx_program_main(void);
const wbx_file *wbx_program_find(const char *path);
/* The file at `index` in the order of the paths, or NULL. */
const wbx_file *wbx_program_at(size_t index);

/* ---- native.c: what the prelude is built on ---- */

void wbx_native_install(JSContext *ctx, JSValueConst internal);
void wbx_print(int fd, const char *text, size_t size);
/* Milliseconds since the program began. */
double wbx_now(void);
/* Begins the instance's own time and chance. */
void wbx_wake(void);

/* ---- modules.c: ES modules, and others as such ---- */

void wbx_modules_install(JSRuntime *rt);
/* Compiles a file as a module, or throws. */
JSModuleDef *wbx_module_compile(JSContext *ctx, const wbx_file *file);
/* Compiles every file outside node_modules and runs none; what is wrong is told to
 * `internal.report`. */
void wbx_modules_check(void);

/* ---- runtime.c: evaluating and waiting ---- */

void wbx_runtime_new(void);
/* Calls a function that the prelude has put into `internal`. */
JSValue wbx_internal(const char *name, int argc, JSValue *argv);
/* Evaluates the program and waits for its top level. False with an exception otherwise. */
bool wbx_evaluate(void);
/* Runs jobs and timers until the promise settles, or, without one, until there are none. Takes
 * the promise and gives its value or an exception. */
JSValue wbx_settle(JSValue promise);
/* Says the pending exception on stderr. */
void wbx_report(JSContext *ctx);
/* The program that the host has for this instance. */
bool wbx_program_read(void);

#endif
