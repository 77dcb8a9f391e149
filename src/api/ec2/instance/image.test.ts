import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageFact } from '../../../model/facts.ts';
import { baseImageOf } from '../../../model/images.ts';
import { compile } from '../../../plan/compile.ts';
import { ACCOUNT, REGION } from '../../testing.ts';
import type { Input } from '../action.ts';
import { describe, IMAGE, launch, type Network, network, report, running, UNKNOWN } from './fixture.ts';

const OTHER = '444455556666';
const NOBODY = '777788889999';
const UNKNOWN_IMAGE = 'ami-0123456789abcdef0';

type Wish = Partial<Input<'CreateImage'>>;
const create = (n: Network, id: string, input: Wish = {}): string =>
  n.h.call('CreateImage', { InstanceId: id, Name: 'page', ...input }).ImageId;
const refused = (n: Network, id: string, input: Wish = {}): string =>
  n.h.refusal('CreateImage', { InstanceId: id, Name: 'page', ...input });
const tell = (n: Network, id: string, state: ImageFact['state'], fault: string | null = null) =>
  n.h.facts.images.set(id, { state, fault });
const images = (h: Network['h'], input: Input<'DescribeImages'> = {}) => h.call('DescribeImages', input).Images;
const ids = (h: Network['h'], input: Input<'DescribeImages'> = {}) => images(h, input).map((image) => image.ImageId);

/** An image that the host has made. */
function made(n: Network, input: Wish = {}): string {
  const id = create(n, running(n), input);
  tell(n, id, 'available');
  return id;
}

test('an image is pending until the host has its layer; its layers are its own and those of its source', () => {
  const n = network();
  const instance = running(n);
  const id = create(n, instance, {
    Description: 'a page',
    TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'k', Value: 'v' }] }],
  });
  const [shown] = images(n.h, { ImageIds: [id] });
  assert.deepEqual(
    [shown.State, shown.Name, shown.Description, shown.OwnerId, shown.Public, shown.SourceInstanceId, shown.Tags],
    ['pending', 'page', 'a page', ACCOUNT, false, instance, [{ Key: 'k', Value: 'v' }]],
  );
  assert.deepEqual(compile(n.h.intent, n.h.facts).images, [
    { id, origin: [id, instance], machine: instance, reboot: true, layers: [id, 'debian-12'] },
  ]);
  assert.equal(
    n.h.refusal('RunInstances', { ImageId: id, MinCount: 1, MaxCount: 1, SubnetId: n.subnetId }),
    `InvalidAMIID.Unavailable: The image ID '${id}' is not available`,
  );
  tell(n, id, 'available');
  assert.equal(images(n.h, { ImageIds: [id] })[0].State, 'available');
  const child = running(n, { ImageId: id });
  const grandchild = create(n, child, { Name: 'page 2', NoReboot: true });
  const plan = compile(n.h.intent, n.h.facts);
  assert.deepEqual(plan.machines.find((machine) => machine.id === child)?.layers, [id, 'debian-12']);
  const image = plan.images.find((each) => each.id === grandchild);
  assert.deepEqual([image?.layers, image?.reboot], [[grandchild, id, 'debian-12'], false]);
});

test('an instance that is shut down for its image is pending until it runs again', () => {
  const n = network();
  const id = running(n);
  create(n, id);
  for (const [machine, told] of [
    ['stopping', 'pending'],
    ['stopped', 'pending'],
    ['pending', 'pending'],
    ['running', 'running'],
  ] as const) {
    report(n, id, machine);
    assert.equal(describe(n, id).State.Name, told, machine);
  }
});

test('an image that the host could not make has failed, and says why', () => {
  const n = network();
  const id = create(n, running(n));
  tell(n, id, 'failed', 'no space left on device');
  const [shown] = images(n.h, { Filters: [{ Name: 'state', Values: ['failed'] }] });
  assert.deepEqual(
    [shown.ImageId, shown.StateReason],
    [id, { Code: 'Server.InternalError', Message: 'no space left on device' }],
  );
  assert.match(
    n.h.refusal('ModifyImageAttribute', { ImageId: id, LaunchPermission: { Add: [{ UserId: OTHER }] } }),
    /^InvalidAMIID\.Unavailable: /,
  );
});

test('names: 3 to 128 characters of some, once for an account and region', () => {
  const n = network();
  const id = running(n);
  for (const Name of ['ab', 'a'.repeat(129), 'a*b', 'a:b', 'äöü', 'a\nb']) {
    assert.match(refused(n, id, { Name }), /^InvalidAMIName\.Malformed: AMI names must be between 3 and 128/, Name);
  }
  const first = create(n, id, { Name: "a (b) [c] ./d-e'f@g_h" });
  assert.equal(
    refused(n, id, { Name: "a (b) [c] ./d-e'f@g_h" }),
    `InvalidAMIName.Duplicate: AMI name a (b) [c] ./d-e'f@g_h is already in use by AMI ${first}`,
  );
  n.h.call('DeregisterImage', { ImageId: first });
  create(n, id, { Name: "a (b) [c] ./d-e'f@g_h" });
  create(n, id, { Name: 'a'.repeat(128) });
  assert.match(refused(n, id, { Name: '' }), /^MissingParameter: /);
});

test('what an image cannot be made of', () => {
  const n = network();
  assert.match(refused(n, UNKNOWN), /^InvalidInstanceID\.NotFound: /);
  const id = launch(n);
  const state = `InvalidParameterValue: Invalid value '${id}' for instanceId. Instance is not in state 'running' or 'stopping' or 'stopped'`;
  assert.equal(refused(n, id), state);
  report(n, id, 'running');
  n.h.call('StopInstances', { InstanceIds: [id] });
  create(n, id, { Name: 'stopping' });
  report(n, id, 'stopped');
  create(n, id, { Name: 'stopped' });
  n.h.call('TerminateInstances', { InstanceIds: [id] });
  assert.equal(refused(n, id), state);
});

test('limits and what is not supported', () => {
  const n = network();
  const id = running(n);
  assert.match(refused(n, id, { Description: 'x'.repeat(256) }), /^InvalidParameterValue: .*description/);
  create(n, id, { Description: 'x'.repeat(255) });
  assert.match(
    refused(n, id, { BlockDeviceMappings: [{ DeviceName: '/dev/sdb', Ebs: { VolumeSize: 1 } }] }),
    /^UnsupportedOperation: .*BlockDeviceMappings/,
  );
  assert.match(
    refused(n, id, { TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'k', Value: 'v' }] }] }),
    /^InvalidParameterValue: 'snapshot' is not a valid taggable resource type/,
  );
  assert.match(refused(n, id, { Name: 'new', DryRun: true }), /^DryRunOperation: /);
  const source = n.h.intent.table('instance').get(id);
  assert.ok(source);
  const deep = { ...source, layers: [...Array.from({ length: 31 }, (_, at) => `ami-${at}`), 'debian-12'] };
  n.h.intent.apply([{ op: 'put', resource: deep }]);
  assert.match(refused(n, id, { Name: 'deep' }), /^UnsupportedOperation: Images more than 31 deep/);
});

test('a deregistered image is gone at once; its instances keep its layers', () => {
  const n = network();
  const id = made(n);
  const instance = running(n, { ImageId: id });
  n.h.call('DeregisterImage', { ImageId: id });
  assert.match(n.h.refusal('DescribeImages', { ImageIds: [id] }), /^InvalidAMIID\.NotFound: /);
  assert.match(n.h.refusal('DeregisterImage', { ImageId: id }), /^InvalidAMIID\.NotFound: /);
  const plan = compile(n.h.intent, n.h.facts);
  assert.deepEqual(plan.images, []);
  assert.deepEqual(plan.machines.find((machine) => machine.id === instance)?.layers, [id, 'debian-12']);
  assert.equal(describe(n, instance).ImageId, id);
  create(n, instance, { Name: 'of an instance whose image is gone' });
});

test('another account sees, launches from, but cannot change an image that it was let in on', () => {
  const n = network();
  const id = made(n, { TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'secret', Value: 'v' }] }] });
  const other = network(n.h.as(OTHER), '10.9');
  assert.match(other.h.refusal('DescribeImages', { ImageIds: [id] }), /^InvalidAMIID\.NotFound: /);
  assert.deepEqual(ids(other.h), [IMAGE]);
  n.h.call('ModifyImageAttribute', { ImageId: id, LaunchPermission: { Add: [{ UserId: OTHER }, { UserId: NOBODY }] } });
  assert.deepEqual(
    n.h.call('DescribeImageAttribute', { ImageId: id, Attribute: 'launchPermission' }).LaunchPermissions,
    [{ UserId: OTHER }, { UserId: NOBODY }],
  );
  assert.deepEqual(ids(other.h), [IMAGE, id]);
  assert.deepEqual(ids(other.h, { Owners: ['self'] }), []);
  assert.deepEqual(ids(other.h, { Owners: [ACCOUNT] }), [id]);
  assert.deepEqual(ids(other.h, { ExecutableUsers: ['self'] }), [id]);
  assert.deepEqual(ids(n.h, { ExecutableUsers: ['self'] }), []);
  assert.deepEqual(ids(n.h, { ExecutableUsers: [OTHER] }), [id]);
  assert.deepEqual(ids(n.h, { Owners: ['self'] }), [id]);
  assert.deepEqual(
    [images(other.h, { ImageIds: [id] })[0].Tags, images(other.h, { Owners: [ACCOUNT] })[0].OwnerId],
    [[], ACCOUNT],
  );
  assert.equal(images(other.h, { Filters: [{ Name: 'tag-key', Values: ['secret'] }] }).length, 0);
  const instance = launch(other, { ImageId: id });
  assert.deepEqual(n.h.intent.table('instance').get(instance)?.layers, [id, 'debian-12']);
  for (const refusal of [
    other.h.refusal('DeregisterImage', { ImageId: id }),
    other.h.refusal('ModifyImageAttribute', { ImageId: id, LaunchPermission: { Add: [{ Group: 'all' }] } }),
    other.h.refusal('DescribeImageAttribute', { ImageId: id, Attribute: 'launchPermission' }),
  ]) {
    assert.equal(refusal, `AuthFailure: Not authorized for image:${id}`);
  }
  n.h.call('ModifyImageAttribute', { ImageId: id, LaunchPermission: { Remove: [{ UserId: OTHER }] } });
  assert.deepEqual(ids(other.h), [IMAGE]);
  assert.match(
    other.h.refusal('RunInstances', { ImageId: id, MinCount: 1, MaxCount: 1, SubnetId: other.subnetId }),
    /^AuthFailure: Not authorized for images: /,
  );
});

test('an image for all, and back; only in its own region', () => {
  const n = network();
  const id = made(n);
  const add = { ImageId: id, Attribute: 'launchPermission', OperationType: 'add' } as const;
  n.h.call('ModifyImageAttribute', { ...add, UserGroups: ['all'], UserIds: [OTHER] });
  const permissions = () =>
    n.h.call('DescribeImageAttribute', { ImageId: id, Attribute: 'launchPermission' }).LaunchPermissions;
  assert.deepEqual(permissions(), [{ Group: 'all' }, { UserId: OTHER }]);
  assert.equal(images(n.h.as(NOBODY), { ImageIds: [id] })[0].Public, true);
  assert.deepEqual(ids(n.h.as(NOBODY), { ExecutableUsers: ['all'] }), [IMAGE, id]);
  assert.deepEqual(ids(n.h.as(OTHER, 'eu-west-1')), [baseImageOf('eu-west-1')?.id]);
  n.h.call('ModifyImageAttribute', { ...add, OperationType: 'remove', UserGroups: ['all'] });
  assert.deepEqual(permissions(), [{ UserId: OTHER }]);
  assert.deepEqual(ids(n.h.as(NOBODY)), [IMAGE]);
});

test('attributes: description, and what is refused', () => {
  const n = network();
  const id = made(n);
  const modify = (input: Omit<Input<'ModifyImageAttribute'>, 'ImageId'>) => ({ ImageId: id, ...input });
  n.h.call('ModifyImageAttribute', modify({ Description: { Value: 'one' } }));
  assert.equal(n.h.call('DescribeImageAttribute', { ImageId: id, Attribute: 'description' }).Description.Value, 'one');
  n.h.call('ModifyImageAttribute', modify({ Attribute: 'description', Value: 'two' }));
  assert.equal(images(n.h, { ImageIds: [id] })[0].Description, 'two');
  const cases: [Omit<Input<'ModifyImageAttribute'>, 'ImageId'>, RegExp][] = [
    [{}, /^InvalidParameterCombination: No attributes specified/],
    [{ Attribute: 'kernel' }, /^InvalidParameterValue: /],
    [{ Attribute: 'launchPermission' }, /^MissingParameter: .*OperationType/],
    [{ LaunchPermission: { Add: [{ UserId: '123' }] } }, /^InvalidAMIAttributeItemValue: .*"123" for userId/],
    [
      { Attribute: 'launchPermission', OperationType: 'add', UserGroups: ['some'] },
      /^InvalidAMIAttributeItemValue: .*"some" for group/,
    ],
    [
      { LaunchPermission: { Add: [{ OrganizationArn: 'arn:aws:organizations::1:organization/o-1' }] } },
      /^UnsupportedOperation: .*LaunchPermission\.Add\.OrganizationArn/,
    ],
    [{ Description: { Value: 'x' }, LaunchPermission: { Add: [{ UserId: OTHER }] } }, /^InvalidParameterCombination: /],
    [{ ImdsSupport: { Value: 'v2.0' } }, /^UnsupportedOperation: .*ImdsSupport/],
  ];
  for (const [input, told] of cases) assert.match(n.h.refusal('ModifyImageAttribute', modify(input)), told);
  assert.match(
    n.h.refusal('DescribeImageAttribute', { ImageId: id, Attribute: 'blockDeviceMapping' }),
    /^UnsupportedOperation: /,
  );
  assert.equal(n.h.refusal('DeregisterImage', { ImageId: IMAGE }), `AuthFailure: Not authorized for image:${IMAGE}`);
  assert.match(n.h.refusal('DeregisterImage', { ImageId: UNKNOWN_IMAGE }), /^InvalidAMIID\.NotFound: /);
  assert.match(n.h.refusal('DeregisterImage', { ImageId: 'ami-x' }), /^InvalidAMIID\.Malformed: /);
  assert.match(
    n.h.refusal('CopyImage', { Name: 'copy', SourceImageId: id, SourceRegion: REGION }),
    /^UnsupportedOperation: .*CopyImage/,
  );
});
