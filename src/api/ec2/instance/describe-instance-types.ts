/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html */
import type { InstanceTypeInfo, _InstanceType as TypeName } from '@aws-sdk/client-ec2';
import { findInstanceType, INSTANCE_TYPES, type InstanceType } from '../../../model/instance-types.ts';
import { refuse } from '../../../model/refusal.ts';
import { reply } from '../../action.ts';
import { filterItems } from '../../shared/filters.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { ARCHITECTURE } from './image-view.ts';

const MAX_PAGE = 100;

export const describeInstanceTypes = ec2Action<'DescribeInstanceTypes'>(
  { InstanceTypes: true, Filters: true, MaxResults: true, NextToken: true },
  (input, _context) => {
    const names: readonly string[] = input.InstanceTypes ?? [];
    const unknown = names.filter((name) => findInstanceType(name) === undefined);
    if (unknown.length > 0) {
      refuse('InvalidInstanceType', `The following supplied instance types do not exist: [${unknown.join(', ')}]`);
    }
    const types = names.length > 0 ? INSTANCE_TYPES.filter((type) => names.includes(type.name)) : INSTANCE_TYPES;
    const matching = filterItems(types, input.Filters, {
      'bare-metal': () => false,
      'burstable-performance-supported': (type) => type.isBurstable,
      'current-generation': (type) => type.hypervisor === 'nitro' || type.isBurstable,
      hypervisor: (type) => type.hypervisor,
      'instance-type': (type) => type.name,
      'memory-info.size-in-mib': (type) => type.memoryMiB,
      'network-info.maximum-network-interfaces': (type) => type.maxInterfaces,
      'processor-info.supported-architecture': () => ARCHITECTURE,
      'vcpu-info.default-vcpus': (type) => type.cpus,
    });
    const { items, next } = page(matching, input, (type) => type.name, { min: 5, max: MAX_PAGE });
    return reply({ InstanceTypes: items.map(viewType), NextToken: next });
  },
);

function viewType(type: InstanceType): InstanceTypeInfo {
  const threads = type.cpus > 1 && type.hypervisor === 'nitro' ? 2 : 1;
  return {
    InstanceType: type.name as TypeName,
    CurrentGeneration: type.hypervisor === 'nitro' || type.isBurstable,
    FreeTierEligible: false,
    SupportedUsageClasses: ['on-demand'],
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
    BareMetal: false,
    Hypervisor: type.hypervisor,
    ProcessorInfo: { SupportedArchitectures: [ARCHITECTURE] },
    VCpuInfo: { DefaultVCpus: type.cpus, DefaultCores: type.cpus / threads, DefaultThreadsPerCore: threads },
    MemoryInfo: { SizeInMiB: type.memoryMiB },
    InstanceStorageSupported: false,
    NetworkInfo: {
      NetworkPerformance: type.networkPerformance,
      MaximumNetworkInterfaces: type.maxInterfaces,
      MaximumNetworkCards: 1,
      DefaultNetworkCardIndex: 0,
      Ipv4AddressesPerInterface: type.addressesPerInterface,
      Ipv6Supported: false,
      EnaSupport: type.hypervisor === 'nitro' ? 'required' : 'unsupported',
      EfaSupported: false,
    },
    HibernationSupported: false,
    BurstablePerformanceSupported: type.isBurstable,
    DedicatedHostsSupported: false,
    AutoRecoverySupported: false,
    SupportedBootModes: ['legacy-bios'],
  };
}
