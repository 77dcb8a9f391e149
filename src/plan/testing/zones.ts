/** More of the small world: private hosted zones, the VPCs that they answer in, and their records. */
import type { AliasTarget, HostedZone, RecordSet, Vpc } from '../../model/resources.ts';
import type { World } from './world.ts';

export function privateZone(world: World, vpc: Vpc, name: string): HostedZone {
  const zone = world.put<HostedZone>({
    ...world.resource('Z'),
    kind: 'hostedZone',
    name,
    callerReference: name,
    comment: null,
    nameServers: [],
    isPrivate: true,
  });
  associate(world, zone, vpc);
  return zone;
}

export function associate(world: World, zone: HostedZone, vpc: Vpc): void {
  const [zoneId, vpcId, vpcRegion] = [zone.id, vpc.id, vpc.region];
  world.put({ ...world.resource('za'), kind: 'zoneAssociation', id: `${zoneId}/${vpcId}`, zoneId, vpcId, vpcRegion });
}

export type Given = Partial<Pick<RecordSet, 'type' | 'values' | 'ttlSeconds' | 'routing'>> & {
  readonly alias?: Partial<AliasTarget>;
};

export function record(world: World, zone: HostedZone, name: string, { alias, ...given }: Given): RecordSet {
  const type = given.type ?? 'A';
  return world.put<RecordSet>({
    ...world.resource('rr'),
    kind: 'recordSet',
    id: `${zone.id}/${name}/${type}/${given.routing?.setIdentifier ?? ''}`,
    zoneId: zone.id,
    name,
    type,
    ttlSeconds: 300,
    values: [],
    ...(alias && { alias: { zoneId: zone.id, name: '', evaluateHealth: true, ...alias } }),
    ...given,
  });
}
