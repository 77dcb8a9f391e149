/**
 * Receive packet steering: which processors may go on with what a link of a namespace receives, by the packet's hash. It is told in
 * the namespace's own sysfs, which is mounted for us alone, nowhere, and gone when we have written. A speed-up only: where the kernel
 * refuses, packets stay with the processor they came by. Read the kernel's Documentation/networking/scaling.rst.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import koffi from 'koffi';
import { call, closeFd } from './libc.ts';
import { inNetns } from './netns.ts';

/** The same on all machines: system calls of late. */
const SYSCALL = { fsopen: 430, fsconfig: 431, fsmount: 432 } as const;
const FSCONFIG_CMD_CREATE = 6;
const CLOEXEC = 1;

let processors: number | undefined;

/** Of those that are on, which are the first so many; else 1. */
export function processorCount(): number {
  processors ??= 1 + Number(/^0-(\d+)$/.exec(online())?.[1] ?? 0);
  return processors;
}

function online(): string {
  try {
    return readFileSync('/sys/devices/system/cpu/online', 'utf8').trim();
  } catch {
    // Nobody mounted it.
    return '';
  }
}

/** The first `count`; fewer than two: the one that a packet comes by. False where it cannot be told. */
export function chooseProcessors(path: string, links: readonly string[], count: number): boolean {
  if (links.length === 0) return true;
  const mask = maskOf(count < 2 ? 0 : count);
  try {
    const mount = inNetns(path, mountSysfs);
    try {
      const root = `/proc/thread-self/fd/${mount}`;
      return links.map((link) => isWritten(`${root}/class/net/${link}/queues/rx-0/rps_cpus`, mask)).every(Boolean);
    } finally {
      closeFd(mount);
    }
  } catch {
    return false;
  }
}

/** A link may be gone meanwhile, and is no reason to leave the others. */
function isWritten(file: string, text: string): boolean {
  try {
    writeFileSync(file, text);
    return true;
  } catch {
    return false;
  }
}

/** Of the namespace that we are in: a descriptor of its root. */
function mountSysfs(): number {
  const type = Buffer.from('sysfs\0');
  const context = call('syscall', 'fsopen sysfs', SYSCALL.fsopen, koffi.address(type), CLOEXEC, 0, 0, 0);
  try {
    call('syscall', 'fsconfig sysfs', SYSCALL.fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
    return call('syscall', 'fsmount sysfs', SYSCALL.fsmount, context, CLOEXEC, 0, 0, 0);
  } finally {
    closeFd(context);
  }
}

/** As bitmaps are told: words of 32 bits in hexadecimal digits, the highest first. */
export function maskOf(count: number): string {
  const words: string[] = [];
  for (let from = 0; from === 0 || from < count; from += 32)
    words.unshift((2 ** Math.min(count - from, 32) - 1).toString(16).padStart(8, '0'));
  return words.join(',');
}
