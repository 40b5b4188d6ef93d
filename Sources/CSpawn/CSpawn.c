#define _GNU_SOURCE

#include "CSpawn.h"

#include <sys/ioctl.h>
#include <unistd.h>

int spawn_in_directory(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

int spawn_closing_descriptors(posix_spawn_file_actions_t *actions) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    return posix_spawn_file_actions_addclosefrom_np(actions, 3);
#elif defined(__linux__)
    // Closing what is not open is not an error there.
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

int readable_bytes(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) == 0 && count > 0 ? count : 0;
}
