// What Swift cannot call by itself: libcurl's variadic functions, once per argument type, and its macros.
#ifndef CCURL_SHIMS_H
#define CCURL_SHIMS_H

#include <curl/curl.h>

#if LIBCURL_VERSION_NUM < 0x075000
#error "swift-lambda-streams needs libcurl 7.80 or newer: Debian 12, Ubuntu 22.04 and Amazon Linux 2023 have it"
#endif

static inline CURLcode ccurl_setopt_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_setopt_off_t(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_setopt_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_setopt_pointer(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_setopt_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*ccurl_data_callback)(char *data, size_t size, size_t count, void *userdata);

static inline CURLcode ccurl_setopt_data_callback(CURL *handle, CURLoption option, ccurl_data_callback value) {
    return curl_easy_setopt(handle, option, value);
}

// `opened` is called with each new connection's descriptor and returns 0 to continue; `closing` instead of close(2).
static inline CURLcode ccurl_setopt_socket_callbacks(
    CURL *handle, void *userdata, curl_sockopt_callback opened, curl_closesocket_callback closing) {
    CURLcode result = curl_easy_setopt(handle, CURLOPT_SOCKOPTDATA, userdata);
    if (result == CURLE_OK) result = curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, opened);
    if (result == CURLE_OK) result = curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, userdata);
    if (result == CURLE_OK) result = curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, closing);
    return result;
}

// `opened` is called with each new connection's descriptor and returns 0 to continue.
static inline CURLcode ccurl_setopt_sockopt_callback(CURL *handle, curl_sockopt_callback opened) {
    return curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, opened);
}

// `sending` is called each time the request is about to be sent, and returns CURL_PREREQFUNC_OK to send it.
static inline CURLcode ccurl_setopt_prereq_callback(CURL *handle, void *userdata, curl_prereq_callback sending) {
    CURLcode result = curl_easy_setopt(handle, CURLOPT_PREREQDATA, userdata);
    if (result == CURLE_OK) result = curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, sending);
    return result;
}

static inline CURLcode ccurl_setopt_trailer_callback(CURL *handle, curl_trailer_callback value) {
    return curl_easy_setopt(handle, CURLOPT_TRAILERFUNCTION, value);
}

static inline CURLcode ccurl_getinfo_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode ccurl_getinfo_off_t(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode ccurl_multi_setopt_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline const curl_version_info_data *ccurl_version(void) {
    return curl_version_info(CURLVERSION_NOW);
}

// The result of the one transfer of `multi`, if it has ended: -1 while it has not.
static inline int ccurl_multi_result(CURLM *multi) {
    int left;
    CURLMsg *message = curl_multi_info_read(multi, &left);
    return message && message->msg == CURLMSG_DONE ? (int)message->data.result : -1;
}

#endif
