/** Small Plans for the edge's tests. */
import type { Machine, MachineMetadata, Plan, Port } from '../plan/plan.ts';
import { EMPTY_PLAN } from '../plan/testing/empty-plan.ts';

/** A Plan in which each machine is plugged in with its own address; its VPCs have metadata and no resolver. */
export function planWith(parts: Partial<Plan>): Plan {
  const machines = parts.machines ?? [];
  const domains = [...new Set(machines.map((each) => each.domain))].map((id) => ({
    id,
    kind: 'vpc' as const,
    origin: [id],
    cidrs: ['127.0.0.0/16'],
    resolverAddresses: [],
    dhcp: { domainNames: [], nameServers: [] },
    metadataAddresses: ['169.254.169.254'],
    timeAddresses: [],
  }));
  return { ...EMPTY_PLAN, domains, ports: machines.flatMap(portsOf), ...parts };
}

function portsOf(machine: Machine): Port[] {
  return machine.metadata.interfaces.map((each) => ({
    id: each.portId,
    origin: [each.portId],
    domain: machine.domain,
    segment: each.subnetId,
    kind: 'machine',
    addresses: each.addresses,
    mac: each.mac,
    filters: [],
    spoofGuard: true,
    machine: { id: machine.id, deviceIndex: each.deviceIndex },
    publics: each.publics,
    deniesInternet: false,
  }));
}

export function machine(
  id: string,
  address: string,
  metadata: Partial<MachineMetadata> = {},
  other: Partial<Pick<Machine, 'domain' | 'userData' | 'publicKey'>> & { readonly publicAddress?: string | null } = {},
): Machine {
  const { publicAddress = '198.18.0.7', ...rest } = other;
  const last = Number(address.split('.')[3]);
  return {
    id,
    origin: [id],
    domain: 'vpc-1',
    wanted: 'running',
    boots: 1,
    layers: ['base'],
    hostname: `ip-${address.replaceAll('.', '-')}`,
    ports: [`eni-${id}`],
    userData: Buffer.from('#!/bin/sh\necho hi\n').toString('base64'),
    publicKey: { name: 'my-key', openssh: 'ssh-ed25519 AAAA my-key' },
    limits: { memoryMiB: 256, cpus: 1, processes: 100 },
    ...rest,
    metadata: {
      httpTokens: 'required',
      enabled: true,
      hopLimit: 2,
      account: '111122223333',
      region: 'ap-south-1',
      zone: 'ap-south-1a',
      zoneId: 'aps1-az1',
      imageId: 'ami-1',
      instanceType: 't3.micro',
      launchIndex: 0,
      reservationId: 'r-1',
      launchedAt: '2026-11-23T10:00:00.000Z',
      groupNames: ['web', 'db'],
      role: {
        roleName: 'app',
        roleArn: 'arn:aws:iam::111122223333:role/team/app',
        roleId: 'AROAEXAMPLE',
        profileArn: 'arn:aws:iam::111122223333:instance-profile/app',
        profileId: 'AIPAEXAMPLE',
      },
      tags: { team: 'net', Name: 'first' },
      interfaces: [
        {
          portId: `eni-${id}`,
          mac: `02:00:00:00:00:${last.toString(16).padStart(2, '0')}`,
          deviceIndex: 0,
          addresses: [address],
          publics: publicAddress === null ? [] : [{ address, publicAddress }],
          privateName: `ip-${address.replaceAll('.', '-')}.ap-south-1.compute.internal`,
          publicName:
            publicAddress === null
              ? null
              : `ec2-${publicAddress.replaceAll('.', '-')}.ap-south-1.compute.amazonaws.com`,
          subnetId: 'subnet-1',
          subnetCidr: '127.0.0.0/24',
          subnetIpv6Cidr: null,
          ipv6Addresses: [],
          vpcIpv6Cidrs: [],
          vpcId: 'vpc-1',
          vpcCidrs: ['127.0.0.0/16'],
          groupIds: ['sg-1', 'sg-2'],
          groupNames: ['web', 'db'],
        },
      ],
      ...metadata,
    },
  };
}
