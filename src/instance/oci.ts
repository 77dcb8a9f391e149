/**
 * The OCI runtime configuration of one instance: namespaces, mounts, rights and limits. Pure.
 * What holds an instance's root is the user namespace: its ids mean nothing to the host, and its rights end at the namespaces it
 * owns. Masks, dropped rights and the system call filter are a second line, and instance root may undo the masks for itself.
 * https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md
 */
import type { CgroupMode } from './cgroups.ts';

export interface OciInput {
  readonly rootfs: string;
  readonly hostname: string;
  readonly netns: string;
  readonly userns: string;
  readonly cgroup: string;
  readonly cgroupMode: CgroupMode;
  readonly limits: { readonly memoryMiB: number; readonly cpus: number; readonly processes: number };
  /** As Node names it: "x64", "arm64". */
  readonly arch: string;
}

export const GUEST_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a server's root needs over namespaces of its own. Absent: what can only ever concern the host (modules, clock, raw I/O). */
const RIGHTS = [
  'CAP_AUDIT_WRITE',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_KILL',
  'CAP_LEASE',
  'CAP_NET_ADMIN',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_RAW',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_CHROOT',
  'CAP_SYS_NICE',
  'CAP_SYS_PTRACE',
  'CAP_SYS_TTY_CONFIG',
];

/** System calls that no server needs and that have been ways into a kernel. */
const REFUSED_CALLS = [
  'acct',
  'add_key',
  'bpf',
  'delete_module',
  'finit_module',
  'init_module',
  'io_uring_enter',
  'io_uring_register',
  'io_uring_setup',
  'ioperm',
  'iopl',
  'kexec_file_load',
  'kexec_load',
  'keyctl',
  'lookup_dcookie',
  'nfsservctl',
  'open_by_handle_at',
  'perf_event_open',
  'quotactl',
  'request_key',
  'swapoff',
  'swapon',
  // The host kernel's log.
  'syslog',
  'userfaultfd',
];

const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

const CPU_PERIOD_MICROSECONDS = 100_000;

export function ociConfig(input: OciInput) {
  const { limits } = input;
  return {
    ociVersion: '1.0.2',
    process: {
      // A real terminal: systemd and user data write to /dev/console, and that is the console output.
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ['/sbin/init'],
      env: [`PATH=${GUEST_PATH}`, 'container=oci', 'TERM=dumb', 'SYSTEMD_COLORS=0'],
      cwd: '/',
      capabilities: { bounding: RIGHTS, effective: RIGHTS, inheritable: [], permitted: RIGHTS, ambient: [] },
      noNewPrivileges: false,
    },
    root: { path: input.rootfs, readonly: false },
    hostname: input.hostname,
    mounts: [
      mount('proc', '/proc', 'proc', ['nosuid', 'noexec', 'nodev']),
      mount('tmpfs', '/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=64k']),
      mount('devpts', '/dev/pts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']),
      mount('shm', '/dev/shm', 'tmpfs', ['nosuid', 'noexec', 'nodev', 'mode=1777']),
      mount('mqueue', '/dev/mqueue', 'mqueue', ['nosuid', 'noexec', 'nodev']),
      mount('sysfs', '/sys', 'sysfs', ['nosuid', 'noexec', 'nodev', 'ro']),
      mount('cgroup', '/sys/fs/cgroup', 'cgroup', ['nosuid', 'noexec', 'nodev', 'relatime', 'rw']),
      mount('tmpfs', '/run', 'tmpfs', ['nosuid', 'nodev', 'mode=755']),
      mount('tmpfs', '/run/lock', 'tmpfs', ['nosuid', 'nodev', 'noexec', 'mode=1777', 'size=5m']),
    ],
    linux: {
      namespaces: [
        { type: 'pid' },
        { type: 'mount' },
        { type: 'uts' },
        { type: 'ipc' },
        { type: 'cgroup' },
        { type: 'user', path: input.userns },
        { type: 'network', path: input.netns },
      ],
      cgroupsPath: input.cgroup,
      resources: {
        // In v2 this is a program for the kernel, which crun loads only where root may raise its limits; a virtual machine's may
        // not. The user namespace refuses devices with and without it.
        ...(input.cgroupMode === 'v2' ? {} : { devices: [{ allow: false, access: 'rwm' }] }),
        memory: { limit: limits.memoryMiB * 2 ** 20 },
        cpu: { quota: Math.round(limits.cpus * CPU_PERIOD_MICROSECONDS), period: CPU_PERIOD_MICROSECONDS },
        pids: { limit: limits.processes },
      },
      seccomp: {
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ARCHITECTURES[input.arch] ?? [],
        syscalls: [{ names: REFUSED_CALLS, action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
      },
      maskedPaths: [
        '/proc/acpi',
        '/proc/asound',
        '/proc/kcore',
        '/proc/keys',
        '/proc/latency_stats',
        '/proc/sched_debug',
        '/proc/scsi',
        '/proc/timer_list',
        '/sys/firmware',
      ],
      // Not /proc/sys/net: it belongs to the instance's own network.
      readonlyPaths: [
        '/proc/bus',
        '/proc/fs',
        '/proc/irq',
        '/proc/sys/debug',
        '/proc/sys/dev',
        '/proc/sys/fs',
        '/proc/sys/kernel',
        '/proc/sys/vm',
        '/proc/sysrq-trigger',
      ],
    },
  };
}

function mount(source: string, destination: string, type: string, options: readonly string[]) {
  return { source, destination, type, options };
}
