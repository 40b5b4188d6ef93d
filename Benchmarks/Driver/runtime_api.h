// What every driver has: a Runtime API over blocking sockets, and the function that is measured as a child process.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

struct bytes {
    char *start;
    size_t length;
};

struct connection {
    int listener, socket;
    char *buffer;
    size_t filled, capacity;
};

struct request {
    int is_next, is_response;
    struct bytes head, body;
};

extern pid_t function;

// Ends the function and the driver, with what errno says.
void end(const char *problem) __attribute__((noreturn));
// Microseconds.
double now(void);
double processor_time(void);
long status_kilobytes(const char *field);
int descriptors(void);

struct bytes read_file(const char *path);
void stay_on(int cpu);

int listen_anywhere(int *port);
void make_buffer(struct connection *connection, size_t capacity);
// Gives the moment just before exec. What the function logs goes to `log`, or nowhere below 0.
double start_function(char *executable, int port, int log);
void end_function(void);

void accept_function(struct connection *connection);
// Reads what has come; 0: the function has closed the connection.
int receive(struct connection *connection);
int head_is_complete(struct connection *connection, struct request *request);
int request_is_complete(struct connection *connection, struct request *request);
struct request read_request(struct connection *connection);
void write_event(int socket, long number, struct bytes event);
// The number of the event that the request answers, -1 if it answers none.
long answered_number(const struct request *request);
void accept_answer(int socket);
