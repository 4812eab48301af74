#ifndef CCURL_H
#define CCURL_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// What is called of libcurl. The library, and the thirty others that it needs, are loaded by `omni_curl_load` and not by the
// process's start: most processes never go through a proxy. Nothing else may be called before that has succeeded, and a
// function of <curl/curl.h> called by its own name does not link.

#ifdef __APPLE__
#define OMNI_CURL_LIBRARY "libcurl.4.dylib"
#else
#define OMNI_CURL_LIBRARY "libcurl.so.4"
#endif

/// Loads the library of this name and sets it up. One thread at a time.
/// - Returns: NULL, or what went wrong, which is valid until the thread's next call.
const char *_Nullable omni_curl_load(const char *_Nonnull name);

CURLM *_Nullable omni_curl_multi_init(void);
void omni_curl_multi_cleanup(CURLM *_Nonnull multi);
/// May be called by any thread.
void omni_curl_multi_wakeup(CURLM *_Nonnull multi);
void omni_curl_multi_perform(CURLM *_Nonnull multi);
void omni_curl_multi_poll(
    CURLM *_Nonnull multi, struct curl_waitfd *_Nullable others, unsigned int count, int milliseconds);
CURLMcode omni_curl_multi_add(CURLM *_Nonnull multi, CURL *_Nonnull easy);
CURLMsg *_Nullable omni_curl_multi_next(CURLM *_Nonnull multi);

CURL *_Nullable omni_curl_easy_init(void);
/// Takes it out of the multi handle, too.
void omni_curl_easy_cleanup(CURL *_Nonnull easy, CURLM *_Nullable multi);
CURLcode omni_curl_easy_send(CURL *_Nonnull easy, const void *_Nonnull bytes, size_t count, size_t *_Nonnull sent);
CURLcode omni_curl_easy_receive(CURL *_Nonnull easy, void *_Nonnull bytes, size_t count, size_t *_Nonnull received);

// Functions with a variable number of arguments cannot be called from Swift: here they are with one type each.

CURLcode omni_curl_set_number(CURL *_Nonnull easy, CURLoption option, long value);
CURLcode omni_curl_set_text(CURL *_Nonnull easy, CURLoption option, const char *_Nonnull value);
/// The bytes are copied.
CURLcode omni_curl_set_bytes(CURL *_Nonnull easy, CURLoption option, const void *_Nonnull bytes, size_t count);
CURLcode omni_curl_set_write(CURL *_Nonnull easy, curl_write_callback _Nonnull callback);
CURLcode omni_curl_set_opensocket(CURL *_Nonnull easy, curl_opensocket_callback _Nonnull callback);
long omni_curl_number(CURL *_Nonnull easy, CURLINFO info);
curl_socket_t omni_curl_socket(CURL *_Nonnull easy);

#endif
