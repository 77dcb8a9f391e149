/** Steps about instances and their interfaces. */
import type { StepOf } from '../steps.ts';
import { id, type Owner, pick, type World } from './world.ts';

export const machineSteps = {
  ...{ elastic, elasticChange, stop, instanceLife, flowLog },
  ...{ secondary, ipv6Address, secondInterface },
};

function elastic(w: World, { port: at }: StepOf<'elastic'>): void {
  const port = pick(w.machinePorts(), at);
  if (port === undefined) return;
  const AllocationId = id(w.for(port)('AllocateAddress', { Domain: 'vpc' }), 'AllocationId');
  w.for(port)('AssociateAddress', { AllocationId, NetworkInterfaceId: port.id });
}

function stop(w: World, { instance: at }: StepOf<'stop'>): void {
  const instance = pick(w.all('instance'), at);
  if (instance !== undefined) w.for(instance)('StopInstances', { InstanceIds: [instance.id] });
}

function flowLog(w: World, { at, of, traffic }: StepOf<'flowLog'>): void {
  const all = { VPC: w.all('vpc'), Subnet: w.all('subnet'), NetworkInterface: w.machinePorts() };
  const logged = pick<Owner & { readonly id: string }>(all[of as keyof typeof all], at);
  if (logged === undefined) return;
  const to = { LogDestinationType: 's3', LogDestination: 'arn:aws:s3:::logs' };
  const what = { ResourceType: of, ResourceIds: [logged.id], TrafficType: traffic };
  w.for(logged)('CreateFlowLogs', { ...what, ...to });
}

/** Stopped and started again, or gone for good. */
function instanceLife(w: World, { instance: at, end }: StepOf<'instanceLife'>): void {
  const instance = pick(w.all('instance'), at);
  if (instance === undefined) return;
  const call = w.for(instance);
  const InstanceIds = [instance.id];
  const { machines } = w.root.facts;
  const boots = instance.boots;
  if (end === 'terminated') {
    call('TerminateInstances', { InstanceIds });
    machines.set(instance.id, { state: 'terminated', boots, fault: null });
    return;
  }
  call('StopInstances', { InstanceIds });
  machines.set(instance.id, { state: 'stopped', boots, fault: null });
  call('StartInstances', { InstanceIds });
  machines.set(instance.id, { state: 'running', boots: boots + 1, fault: null });
}

function elasticChange(w: World, { address: at, port: to, what }: StepOf<'elasticChange'>): void {
  const address = pick(w.all('elasticAddress'), at);
  if (address === undefined) return;
  const call = w.for(address);
  const { associationId } = address;
  const own = w.machinePorts().filter(({ account }) => account === address.account);
  if (what === 'disassociate' && associationId !== null) call('DisassociateAddress', { AssociationId: associationId });
  else {
    const NetworkInterfaceId = pick(own, to)?.id;
    call('AssociateAddress', { AllocationId: address.id, NetworkInterfaceId, AllowReassociation: true });
  }
}

function secondary(w: World, { port: at, isElastic, isGone }: StepOf<'secondary'>): void {
  const port = pick(w.machinePorts(), at);
  if (port === undefined) return;
  const call = w.for(port);
  const NetworkInterfaceId = port.id;
  const made = call('AssignPrivateIpAddresses', { NetworkInterfaceId, SecondaryPrivateIpAddressCount: 1 });
  const PrivateIpAddress = id(made, 'AssignedPrivateIpAddresses', 'PrivateIpAddress');
  if (isElastic) {
    const AllocationId = id(call('AllocateAddress', { Domain: 'vpc' }), 'AllocationId');
    call('AssociateAddress', { AllocationId, NetworkInterfaceId, PrivateIpAddress });
  }
  if (isGone) call('UnassignPrivateIpAddresses', { NetworkInterfaceId, PrivateIpAddresses: port.addresses.slice(1) });
}

function ipv6Address(w: World, { port: at, isGone }: StepOf<'ipv6Address'>): void {
  const port = pick(w.machinePorts(), at);
  if (port === undefined) return;
  const NetworkInterfaceId = port.id;
  if (isGone) w.for(port)('UnassignIpv6Addresses', { NetworkInterfaceId, Ipv6Addresses: port.ipv6Addresses });
  else w.for(port)('AssignIpv6Addresses', { NetworkInterfaceId, Ipv6AddressCount: 1 });
}

function secondInterface(w: World, { instance: at, subnet, group, end }: StepOf<'secondInterface'>): void {
  const instance = pick(w.all('instance'), at);
  if (instance === undefined) return;
  const call = w.for(instance);
  const made = call('CreateNetworkInterface', {
    SubnetId: pick(w.of('subnet', instance.vpcId), subnet)?.id,
    Groups: [pick(w.of('securityGroup', instance.vpcId), group)?.id],
  });
  const NetworkInterfaceId = id(made, 'NetworkInterface', 'NetworkInterfaceId');
  if (end === 'never') return;
  const attached = call('AttachNetworkInterface', { NetworkInterfaceId, InstanceId: instance.id, DeviceIndex: 1 });
  w.settle();
  if (end === 'detached') call('DetachNetworkInterface', { AttachmentId: id(attached, 'AttachmentId') });
  w.settle();
}
