// What starting a process needs of the C library beyond POSIX, which Swift's view of it leaves out.

#pragma once

#include <spawn.h>

/// Lets the process start in a working directory of its own. Returns 0 or an error number.
int spawn_in_directory(posix_spawn_file_actions_t *actions, const char *path);

/// Lets the process start with no descriptors but its three standard ones: a listening socket that it inherited would
/// go on taking connections that nobody accepts. Returns 0 or an error number.
int spawn_closing_descriptors(posix_spawn_file_actions_t *actions);

/// How many bytes a read of the descriptor would get now; 0 where that is not known.
int readable_bytes(int descriptor);
