import { readFileSync } from 'node:fs';

/** Microseconds: the wall clock, CPU of the main thread (`NaN` where it is not to be had), CPU of the process. */
export function reading() {
  // First: it makes the kernel bring the running thread's account up to date.
  const { user, system } = process.cpuUsage();
  return { main: mainThread(), total: user + system, wall: performance.now() * 1_000 };
}

function mainThread() {
  if (process.threadCpuUsage !== undefined) {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  }
  if (process.platform !== 'linux') return Number.NaN;
  const account = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8');
  return Number(account.split(' ')[0]) / 1_000;
}
