/**
 * Where Culvert keeps its things (docs/processes.md). Each root can be overridden by a variable, so that several Culverts and
 * tests live side by side. Only names paths; makes no directory.
 */
import { join } from 'node:path';

export interface Paths {
  /** Survives reboots. */
  readonly home: string;
  /** Gone with a reboot. */
  readonly run: string;
  /** Shared by all Culverts of the machine. */
  readonly cache: string;
  /** Base images and the packages that go with them, by the hash of their recipe. */
  readonly bases: string;
  readonly store: string;
  /** What was metered. */
  readonly meters: string;
  readonly sealKey: string;
  readonly caCert: string;
  readonly caKey: string;
  readonly instances: string;
  readonly images: string;
  readonly backends: string;
  /** Directories of pinned namespaces. */
  readonly netns: string;
  readonly userns: string;
  /** Culvert's own calls. What comes from clients never gets to these two, whatever path it names. */
  readonly controlSocket: string;
  readonly edgeSocket: string;
  /** Of control: AWS requests of instances, as the edge passes them on. */
  readonly awsSocket: string;
  /** Of the edge: AWS requests for embedded services, as control passes them on. */
  readonly servicesSocket: string;
  readonly edgeState: string;
  /** By a domain's or a machine's id. */
  netnsOf(id: string): string;
  usernsOf(machine: string): string;
  instanceOf(machine: string): string;
  /** By a process's name: "control", "edge", "supervisor". */
  pidFile(name: string): string;
  logFile(name: string): string;
}

export function hostPaths(env: Readonly<Record<string, string | undefined>> = process.env): Paths {
  const home = env.CULVERT_HOME || '/var/lib/culvert';
  const run = env.CULVERT_RUN || '/run/culvert';
  const cache = env.CULVERT_CACHE || '/var/cache/culvert';
  return {
    home,
    run,
    cache,
    bases: join(cache, 'base'),
    store: join(home, 'store.sqlite'),
    meters: join(home, 'meters.sqlite'),
    sealKey: join(home, 'keys', 'seal.key'),
    caCert: join(home, 'ca', 'ca.pem'),
    caKey: join(home, 'ca', 'ca.key'),
    instances: join(home, 'instances'),
    images: join(home, 'images'),
    backends: join(home, 'backends'),
    netns: join(run, 'netns'),
    userns: join(run, 'userns'),
    controlSocket: join(run, 'control.sock'),
    edgeSocket: join(run, 'edge.sock'),
    awsSocket: join(run, 'aws.sock'),
    servicesSocket: join(run, 'services.sock'),
    edgeState: join(run, 'edge-state.json'),
    netnsOf: (id) => join(run, 'netns', id),
    usernsOf: (machine) => join(run, 'userns', machine),
    instanceOf: (machine) => join(home, 'instances', machine),
    pidFile: (name) => join(run, `${name}.pid`),
    logFile: (name) => join(run, `${name}.log`),
  };
}

/** The variables that give another process the same paths. */
export function rootsOf({ home, run, cache }: Pick<Paths, 'home' | 'run' | 'cache'>): Record<string, string> {
  return { CULVERT_HOME: home, CULVERT_RUN: run, CULVERT_CACHE: cache };
}
