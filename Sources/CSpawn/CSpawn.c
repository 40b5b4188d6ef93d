#define _GNU_SOURCE

#include "CSpawn.h"

#include <fcntl.h>
#include <unistd.h>

int spawn_in_directory(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

int spawn_closing_descriptors(posix_spawn_file_actions_t *actions) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    return posix_spawn_file_actions_addclosefrom_np(actions, 3);
#elif defined(__linux__)
    // Closing what is not open is no error there.
    for (int descriptor = 3; descriptor < 1024; descriptor++) {
        int failure = posix_spawn_file_actions_addclose(actions, descriptor);
        if (failure != 0) return failure;
    }
    return 0;
#else
    // POSIX_SPAWN_CLOEXEC_DEFAULT does it.
    (void)actions;
    return 0;
#endif
}

int closed_on_exec_pipe(int ends[2]) {
#if defined(__linux__)
    return pipe2(ends, O_CLOEXEC);
#else
    if (pipe(ends) != 0) return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return 0;
#endif
}
