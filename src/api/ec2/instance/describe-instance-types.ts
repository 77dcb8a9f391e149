/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html */
import type { InstanceTypeInfo, _InstanceType as TypeName } from '@aws-sdk/client-ec2';
import { findInstanceType, INSTANCE_TYPES, type InstanceType } from '../../../model/instance-types.ts';
import { refuse } from '../../../model/refusal.ts';
import { reply } from '../../action.ts';
import { type FilterFields, filterItems } from '../../shared/filters.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { ARCHITECTURE } from './image-view.ts';

const MAX_PAGE = 100;

const FIELDS: FilterFields<InstanceTypeInfo> = {
  'auto-recovery-supported': (type) => type.AutoRecoverySupported,
  'bare-metal': (type) => type.BareMetal,
  'burstable-performance-supported': (type) => type.BurstablePerformanceSupported,
  'current-generation': (type) => type.CurrentGeneration,
  'dedicated-hosts-supported': (type) => type.DedicatedHostsSupported,
  'ebs-info.ebs-optimized-support': (type) => type.EbsInfo?.EbsOptimizedSupport,
  'ebs-info.encryption-support': (type) => type.EbsInfo?.EncryptionSupport,
  'ebs-info.nvme-support': (type) => type.EbsInfo?.NvmeSupport,
  'free-tier-eligible': (type) => type.FreeTierEligible,
  'hibernation-supported': (type) => type.HibernationSupported,
  hypervisor: (type) => type.Hypervisor,
  'instance-storage-supported': (type) => type.InstanceStorageSupported,
  'instance-type': (type) => type.InstanceType,
  'memory-info.size-in-mib': (type) => type.MemoryInfo?.SizeInMiB,
  'network-info.efa-supported': (type) => type.NetworkInfo?.EfaSupported,
  'network-info.ena-support': (type) => type.NetworkInfo?.EnaSupport,
  'network-info.ipv4-addresses-per-interface': (type) => type.NetworkInfo?.Ipv4AddressesPerInterface,
  'network-info.ipv6-supported': (type) => type.NetworkInfo?.Ipv6Supported,
  'network-info.maximum-network-cards': (type) => type.NetworkInfo?.MaximumNetworkCards,
  'network-info.maximum-network-interfaces': (type) => type.NetworkInfo?.MaximumNetworkInterfaces,
  'network-info.network-performance': (type) => type.NetworkInfo?.NetworkPerformance,
  'placement-group-info.supported-strategies': (type) => type.PlacementGroupInfo?.SupportedStrategies,
  'processor-info.supported-architecture': (type) => type.ProcessorInfo?.SupportedArchitectures,
  'supported-boot-mode': (type) => type.SupportedBootModes,
  'supported-root-device-type': (type) => type.SupportedRootDeviceTypes,
  'supported-usage-class': (type) => type.SupportedUsageClasses,
  'supported-virtualization-type': (type) => type.SupportedVirtualizationTypes,
  'vcpu-info.default-cores': (type) => type.VCpuInfo?.DefaultCores,
  'vcpu-info.default-threads-per-core': (type) => type.VCpuInfo?.DefaultThreadsPerCore,
  'vcpu-info.default-vcpus': (type) => type.VCpuInfo?.DefaultVCpus,
};

export const describeInstanceTypes = ec2Action<'DescribeInstanceTypes'>(
  { InstanceTypes: true, Filters: true, MaxResults: true, NextToken: true },
  (input, _context) => {
    const names: readonly string[] = input.InstanceTypes ?? [];
    const unknown = names.filter((name) => findInstanceType(name) === undefined);
    if (unknown.length > 0) {
      refuse('InvalidInstanceType', `The following supplied instance types do not exist: [${unknown.join(', ')}]`);
    }
    const types = names.length > 0 ? INSTANCE_TYPES.filter((type) => names.includes(type.name)) : INSTANCE_TYPES;
    const matching = filterItems(types.map(viewType), input.Filters, FIELDS);
    const { items, next } = page(matching, input, (type) => type.InstanceType ?? '', { min: 5, max: MAX_PAGE });
    return reply({ InstanceTypes: [...items], NextToken: next });
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
    // There are no volumes and no placement groups; Terraform takes a type without these members for none.
    EbsInfo: { EbsOptimizedSupport: 'unsupported', EncryptionSupport: 'unsupported', NvmeSupport: 'unsupported' },
    PlacementGroupInfo: { SupportedStrategies: [] },
    NetworkInfo: {
      NetworkPerformance: type.networkPerformance,
      MaximumNetworkInterfaces: type.maxInterfaces,
      MaximumNetworkCards: 1,
      DefaultNetworkCardIndex: 0,
      Ipv4AddressesPerInterface: type.addressesPerInterface,
      Ipv6Supported: true,
      Ipv6AddressesPerInterface: type.addressesPerInterface,
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
