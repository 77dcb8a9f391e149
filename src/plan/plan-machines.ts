/** The part of the Plan that says what runs: instances, their images, and what metadata tells them (see plan.ts). */
import type { Origin, Port } from './plan.ts';

/** An instance: what must run, and what its metadata service says. */
export interface Machine {
  readonly id: string;
  readonly origin: Origin;
  readonly domain: string;
  readonly wanted: 'running' | 'stopped';
  /** It boots once for each number; a higher one than it runs with means: restart. */
  readonly boots: number;
  /** Root file system layers, top first; the last is a base image's name. */
  readonly layers: readonly string[];
  readonly hostname: string;
  /** Port ids by device index. */
  readonly ports: readonly string[];
  /** Base64; null: none. */
  readonly userData: string | null;
  readonly publicKey: { readonly name: string; readonly openssh: string } | null;
  readonly limits: { readonly memoryMiB: number; readonly cpus: number; readonly processes: number };
  readonly metadata: MachineMetadata;
}

/** An image: its first layer is made of a machine's disk once, and all its layers are kept while it is listed. */
export interface MachineImage {
  readonly id: string;
  readonly origin: Origin;
  /** Whose disk; that machine may be gone since. */
  readonly machine: string;
  /** true: the machine is shut down for the copy and started again; false: it is only held still. */
  readonly reboot: boolean;
  /** Top first: its own, by its id, then those of what it was made from. */
  readonly layers: readonly string[];
}

/** What 169.254.169.254 (and fd00:ec2::254) tells an instance of itself. */
export interface MachineMetadata {
  readonly httpTokens: 'optional' | 'required';
  readonly enabled: boolean;
  /** Whether it is told over IPv6, too; absent: it is not. */
  readonly overIpv6?: true;
  readonly hopLimit: number;
  readonly account: string;
  readonly region: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly launchIndex: number;
  readonly reservationId: string;
  readonly launchedAt: string;
  readonly groupNames: readonly string[];
  /** null: no instance profile, or an empty one. */
  readonly role: {
    readonly roleName: string;
    readonly roleArn: string;
    readonly roleId: string;
    readonly profileArn: string;
    readonly profileId: string;
  } | null;
  /** null: tags are not shown to the instance. */
  readonly tags: Readonly<Record<string, string>> | null;
  readonly interfaces: readonly {
    readonly portId: string;
    readonly mac: string;
    readonly deviceIndex: number;
    readonly addresses: readonly string[];
    readonly ipv6Addresses: readonly string[];
    readonly publics: Port['publics'];
    readonly privateName: string;
    readonly publicName: string | null;
    readonly subnetId: string;
    readonly subnetCidr: string | null;
    readonly subnetIpv6Cidr: string | null;
    readonly vpcId: string;
    readonly vpcCidrs: readonly string[];
    readonly vpcIpv6Cidrs: readonly string[];
    readonly groupIds: readonly string[];
    readonly groupNames: readonly string[];
  }[];
}
