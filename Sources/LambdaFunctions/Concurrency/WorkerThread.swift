// A thread that runs the jobs of one loop, so that several loops can each block where one alone blocks the main thread.

internal import SharedState

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A thread as the executor of one task and its children.
///
/// The loop blocks it while it waits for the next event. A handler begins on it and comes back to it after each
/// suspension, so that an invocation changes threads no more often here than where one runs alone, and none of the
/// threads that the process's other tasks share is ever blocked.
///
/// `@unchecked Sendable`: `jobs` and `isStopped` are read and written only with `mutex` held.
final class WorkerThread: TaskExecutor, @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let arrival: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [UnownedJob] = []
    private var isStopped = false

    init() {
        mutex = .allocate(capacity: 1)
        arrival = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrival, nil)
    }

    deinit {
        pthread_cond_destroy(arrival)
        pthread_mutex_destroy(mutex)
        arrival.deallocate()
        mutex.deallocate()
    }

    /// Starts the thread, which keeps this object until ``stop()``. False: the system gives no more threads.
    func start() -> Bool {
        startThread { self.runJobs() } == 0
    }

    /// Lets the thread end once there are no more jobs.
    func stop() {
        pthread_mutex_lock(mutex)
        isStopped = true
        pthread_cond_signal(arrival)
        pthread_mutex_unlock(mutex)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(mutex)
        jobs.append(job)
        pthread_cond_signal(arrival)
        pthread_mutex_unlock(mutex)
    }

    private func runJobs() {
        while let arrived = nextJobs() {
            for job in arrived { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    /// Waits for jobs and takes them all; nil when there will be no more.
    private func nextJobs() -> [UnownedJob]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while jobs.isEmpty {
            if isStopped { return nil }
            pthread_cond_wait(arrival, mutex)
        }
        defer { jobs = [] }
        return jobs
    }
}
