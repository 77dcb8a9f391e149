/** Plans with given machines, for tests of this room. */
import type { Machine, MachineImage, Plan } from '../plan/plan.ts';
import { EMPTY_PLAN } from '../plan/testing/empty-plan.ts';
import { BASE_LAYER } from './base.ts';

export function testPlan(machines: readonly Machine[], images: readonly MachineImage[] = []): Plan {
  return {
    ...EMPTY_PLAN,
    domains: [
      {
        id: 'vpc-1',
        kind: 'vpc',
        origin: ['vpc-1'],
        cidrs: ['10.0.0.0/16'],
        resolverAddresses: ['10.0.0.2', '169.254.169.253'],
        dhcp: { domainNames: ['ap-south-1.compute.internal'], nameServers: ['10.0.0.2'] },
        metadataAddresses: ['169.254.169.254'],
        timeAddresses: [],
      },
    ],
    machines,
    images,
  };
}

export function testMachine(id: string, changes: Partial<Machine> = {}): Machine {
  return {
    id,
    origin: [id],
    domain: 'vpc-1',
    wanted: 'running',
    boots: 1,
    layers: [BASE_LAYER],
    hostname: 'ip-10-0-1-5',
    ports: [],
    userData: null,
    publicKey: null,
    limits: { memoryMiB: 512, cpus: 1, processes: 512 },
    metadata: {
      httpTokens: 'optional',
      enabled: true,
      hopLimit: 1,
      account: '111122223333',
      region: 'ap-south-1',
      zone: 'ap-south-1a',
      zoneId: 'aps1-az1',
      imageId: 'ami-1',
      instanceType: 't3.micro',
      launchIndex: 0,
      reservationId: 'r-1',
      launchedAt: '2026-01-01T00:00:00.000Z',
      groupNames: [],
      role: null,
      tags: null,
      interfaces: [],
    },
    ...changes,
  };
}
