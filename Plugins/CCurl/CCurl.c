#include "CCurl.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>

// Each line is a function of libcurl that is called.
#define FUNCTIONS(X)                                                                                                     \
    X(global_init)                                                                                                       \
    X(multi_init)                                                                                                        \
    X(multi_cleanup)                                                                                                     \
    X(multi_wakeup)                                                                                                      \
    X(multi_perform)                                                                                                     \
    X(multi_poll)                                                                                                        \
    X(multi_add_handle)                                                                                                  \
    X(multi_remove_handle)                                                                                               \
    X(multi_info_read)                                                                                                   \
    X(easy_init)                                                                                                         \
    X(easy_cleanup)                                                                                                      \
    X(easy_setopt)                                                                                                       \
    X(easy_getinfo)                                                                                                      \
    X(easy_send)                                                                                                         \
    X(easy_recv)

// The types are those of the header, so that a call that does not fit does not compile.
#define FIELD(name) __typeof__(&curl_##name) name;
static struct { FUNCTIONS(FIELD) } curl;

static const struct {
    const char *name;
    size_t offset;
} fields[] = {
#define ENTRY(name) {"curl_" #name, offsetof(__typeof__(curl), name)},
    FUNCTIONS(ENTRY)
};

const char *omni_curl_load(const char *name) {
    static _Thread_local char text[128];
    // Stays loaded: libcurl has threads and exit handlers of its own.
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return dlerror();
    for (size_t index = 0; index < sizeof fields / sizeof *fields; index++) {
        void *function = dlsym(library, fields[index].name);
        if (function == NULL) {
            snprintf(text, sizeof text, "%s is too old, it has no %s", name, fields[index].name);
            return text;
        }
        *(void **)((char *)&curl + fields[index].offset) = function;
    }
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        snprintf(text, sizeof text, "%s cannot be set up", name);
        return text;
    }
    return NULL;
}

CURLM *omni_curl_multi_init(void) { return curl.multi_init(); }

void omni_curl_multi_cleanup(CURLM *multi) { curl.multi_cleanup(multi); }

void omni_curl_multi_wakeup(CURLM *multi) { curl.multi_wakeup(multi); }

void omni_curl_multi_perform(CURLM *multi) {
    int running = 0;
    curl.multi_perform(multi, &running);
}

void omni_curl_multi_poll(CURLM *multi, struct curl_waitfd *others, unsigned int count, int milliseconds) {
    curl.multi_poll(multi, others, count, milliseconds, NULL);
}

CURLMcode omni_curl_multi_add(CURLM *multi, CURL *easy) { return curl.multi_add_handle(multi, easy); }

CURLMsg *omni_curl_multi_next(CURLM *multi) {
    int left = 0;
    return curl.multi_info_read(multi, &left);
}

CURL *omni_curl_easy_init(void) { return curl.easy_init(); }

void omni_curl_easy_cleanup(CURL *easy, CURLM *multi) {
    if (multi != NULL) curl.multi_remove_handle(multi, easy);
    curl.easy_cleanup(easy);
}

CURLcode omni_curl_easy_send(CURL *easy, const void *bytes, size_t count, size_t *sent) {
    return curl.easy_send(easy, bytes, count, sent);
}

CURLcode omni_curl_easy_receive(CURL *easy, void *bytes, size_t count, size_t *received) {
    return curl.easy_recv(easy, bytes, count, received);
}

CURLcode omni_curl_set_number(CURL *easy, CURLoption option, long value) {
    return curl.easy_setopt(easy, option, value);
}

CURLcode omni_curl_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl.easy_setopt(easy, option, value);
}

CURLcode omni_curl_set_bytes(CURL *easy, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return curl.easy_setopt(easy, option, &blob);
}

CURLcode omni_curl_set_write(CURL *easy, curl_write_callback callback) {
    return curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, callback);
}

CURLcode omni_curl_set_opensocket(CURL *easy, curl_opensocket_callback callback) {
    return curl.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}

long omni_curl_number(CURL *easy, CURLINFO info) {
    long value = 0;
    return curl.easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

curl_socket_t omni_curl_socket(CURL *easy) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    return curl.easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK ? socket : CURL_SOCKET_BAD;
}
