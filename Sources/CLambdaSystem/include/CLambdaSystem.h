// What Swift's view of the C library leaves out.

#pragma once

/// Makes the allocator keep memory that is freed instead of returning it to the system. Does nothing where the C library
/// has no such setting.
void keep_freed_memory(void);

/// A pipe whose ends no other process inherits, not even one that is started at the same moment. Returns 0, or -1 with
/// errno set.
int closed_on_exec_pipe(int ends[2]);

/// From now on, none of these signals ends the process: `next_signal` returns each instead, also one that comes before
/// the first call of it. Once for a process. Returns what to give to `next_signal`, or -1 with errno set.
int watch_signals(const int numbers[], int count);

/// Waits for the next of the signals that are watched, and returns its number.
int next_signal(int watch);
