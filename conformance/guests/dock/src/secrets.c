/* Signatures of `secrets`. */
#include "dock.h"

bool sign(char **words, failure *error) {
    guest_string_t name = text(words[0]);
    guest_list_u8_t message = bytes(words[1]), signature;
    bool there;
    if (!workbooks_engine_secrets_exists(&name, &there, error)) return false;
    say("%s ", there ? "exists" : "does not exist");
    if (!workbooks_engine_secrets_sign(&name, &message, &signature, error)) return false;
    for (size_t i = 0; i < signature.len; i++) say("%02x", signature.ptr[i]);
    guest_list_u8_free(&signature);
    return true;
}
