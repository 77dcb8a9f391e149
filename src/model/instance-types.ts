/**
 * Types of instance: what AWS says of them, of which memory and processors become the limits of an instance here.
 * The common families only; a type that is not here is refused by name.
 * https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html
 */

export interface InstanceType {
  readonly name: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly maxInterfaces: number;
  readonly addressesPerInterface: number;
  /** AWS's words: "Up to 5 Gigabit". */
  readonly networkPerformance: string;
  /** T types: they earn credits. */
  readonly isBurstable: boolean;
  readonly hypervisor: 'xen' | 'nitro';
}

/** What RunInstances takes where no type is given. */
export const DEFAULT_INSTANCE_TYPE = 'm1.small';

/** Name, processors, memory in MiB, interfaces, addresses on each, network performance. */
const TABLE = `
  m1.small       1    1740  2  4  Low
  t2.nano        1     512  2  2  Low to Moderate
  t2.micro       1    1024  2  2  Low to Moderate
  t2.small       1    2048  3  4  Low to Moderate
  t2.medium      2    4096  3  6  Low to Moderate
  t2.large       2    8192  3 12  Low to Moderate
  t2.xlarge      4   16384  3 15  Moderate
  t2.2xlarge     8   32768  3 15  Moderate
  t3.nano        2     512  2  2  Up to 5 Gigabit
  t3.micro       2    1024  2  2  Up to 5 Gigabit
  t3.small       2    2048  3  4  Up to 5 Gigabit
  t3.medium      2    4096  3  6  Up to 5 Gigabit
  t3.large       2    8192  3 12  Up to 5 Gigabit
  t3.xlarge      4   16384  4 15  Up to 5 Gigabit
  t3.2xlarge     8   32768  4 15  Up to 5 Gigabit
  t3a.nano       2     512  2  2  Up to 5 Gigabit
  t3a.micro      2    1024  2  2  Up to 5 Gigabit
  t3a.small      2    2048  2  4  Up to 5 Gigabit
  t3a.medium     2    4096  3  6  Up to 5 Gigabit
  t3a.large      2    8192  3 12  Up to 5 Gigabit
  t3a.xlarge     4   16384  4 15  Up to 5 Gigabit
  t3a.2xlarge    8   32768  4 15  Up to 5 Gigabit
  m5.large       2    8192  3 10  Up to 10 Gigabit
  m5.xlarge      4   16384  4 15  Up to 10 Gigabit
  m5.2xlarge     8   32768  4 15  Up to 10 Gigabit
  m5.4xlarge    16   65536  8 30  Up to 10 Gigabit
  m5.8xlarge    32  131072  8 30  10 Gigabit
  m5.12xlarge   48  196608  8 30  12 Gigabit
  m5.16xlarge   64  262144 15 50  20 Gigabit
  m5.24xlarge   96  393216 15 50  25 Gigabit
  m6i.large      2    8192  3 10  Up to 12.5 Gigabit
  m6i.xlarge     4   16384  4 15  Up to 12.5 Gigabit
  m6i.2xlarge    8   32768  4 15  Up to 12.5 Gigabit
  m6i.4xlarge   16   65536  8 30  Up to 12.5 Gigabit
  m6i.8xlarge   32  131072  8 30  12.5 Gigabit
  m6i.12xlarge  48  196608  8 30  18.75 Gigabit
  m6i.16xlarge  64  262144 15 50  25 Gigabit
  m6i.24xlarge  96  393216 15 50  37.5 Gigabit
  m6i.32xlarge 128  524288 15 50  50 Gigabit
  m7i.large      2    8192  3 10  Up to 12.5 Gigabit
  m7i.xlarge     4   16384  4 15  Up to 12.5 Gigabit
  m7i.2xlarge    8   32768  4 15  Up to 12.5 Gigabit
  m7i.4xlarge   16   65536  8 30  Up to 12.5 Gigabit
  m7i.8xlarge   32  131072  8 30  12.5 Gigabit
  m7i.12xlarge  48  196608  8 30  18.75 Gigabit
  m7i.16xlarge  64  262144 15 50  25 Gigabit
  m7i.24xlarge  96  393216 15 50  37.5 Gigabit
  m7i.48xlarge 192  786432 15 50  50 Gigabit
  c5.large       2    4096  3 10  Up to 10 Gigabit
  c5.xlarge      4    8192  4 15  Up to 10 Gigabit
  c5.2xlarge     8   16384  4 15  Up to 10 Gigabit
  c5.4xlarge    16   32768  8 30  Up to 10 Gigabit
  c5.9xlarge    36   73728  8 30  12 Gigabit
  c5.12xlarge   48   98304  8 30  12 Gigabit
  c5.18xlarge   72  147456 15 50  25 Gigabit
  c5.24xlarge   96  196608 15 50  25 Gigabit
  c6i.large      2    4096  3 10  Up to 12.5 Gigabit
  c6i.xlarge     4    8192  4 15  Up to 12.5 Gigabit
  c6i.2xlarge    8   16384  4 15  Up to 12.5 Gigabit
  c6i.4xlarge   16   32768  8 30  Up to 12.5 Gigabit
  c6i.8xlarge   32   65536  8 30  12.5 Gigabit
  c6i.12xlarge  48   98304  8 30  18.75 Gigabit
  c6i.16xlarge  64  131072 15 50  25 Gigabit
  c6i.24xlarge  96  196608 15 50  37.5 Gigabit
  c6i.32xlarge 128  262144 15 50  50 Gigabit
  c7i.large      2    4096  3 10  Up to 12.5 Gigabit
  c7i.xlarge     4    8192  4 15  Up to 12.5 Gigabit
  c7i.2xlarge    8   16384  4 15  Up to 12.5 Gigabit
  c7i.4xlarge   16   32768  8 30  Up to 12.5 Gigabit
  c7i.8xlarge   32   65536  8 30  12.5 Gigabit
  c7i.12xlarge  48   98304  8 30  18.75 Gigabit
  c7i.16xlarge  64  131072 15 50  25 Gigabit
  c7i.24xlarge  96  196608 15 50  37.5 Gigabit
  c7i.48xlarge 192  393216 15 50  50 Gigabit
  r5.large       2   16384  3 10  Up to 10 Gigabit
  r5.xlarge      4   32768  4 15  Up to 10 Gigabit
  r5.2xlarge     8   65536  4 15  Up to 10 Gigabit
  r5.4xlarge    16  131072  8 30  Up to 10 Gigabit
  r5.8xlarge    32  262144  8 30  10 Gigabit
  r5.12xlarge   48  393216  8 30  12 Gigabit
  r5.16xlarge   64  524288 15 50  20 Gigabit
  r5.24xlarge   96  786432 15 50  25 Gigabit
  r6i.large      2   16384  3 10  Up to 12.5 Gigabit
  r6i.xlarge     4   32768  4 15  Up to 12.5 Gigabit
  r6i.2xlarge    8   65536  4 15  Up to 12.5 Gigabit
  r6i.4xlarge   16  131072  8 30  Up to 12.5 Gigabit
  r6i.8xlarge   32  262144  8 30  12.5 Gigabit
  r6i.12xlarge  48  393216  8 30  18.75 Gigabit
  r6i.16xlarge  64  524288 15 50  25 Gigabit
  r6i.24xlarge  96  786432 15 50  37.5 Gigabit
  r6i.32xlarge 128 1048576 15 50  50 Gigabit
  r7i.large      2   16384  3 10  Up to 12.5 Gigabit
  r7i.xlarge     4   32768  4 15  Up to 12.5 Gigabit
  r7i.2xlarge    8   65536  4 15  Up to 12.5 Gigabit
  r7i.4xlarge   16  131072  8 30  Up to 12.5 Gigabit
  r7i.8xlarge   32  262144  8 30  12.5 Gigabit
  r7i.12xlarge  48  393216  8 30  18.75 Gigabit
  r7i.16xlarge  64  524288 15 50  25 Gigabit
  r7i.24xlarge  96  786432 15 50  37.5 Gigabit
  r7i.48xlarge 192 1572864 15 50  50 Gigabit
`;

/** Families from before the Nitro system. */
const XEN_FAMILIES: readonly string[] = ['m1', 't2'];

export const INSTANCE_TYPES: readonly InstanceType[] = TABLE.trim().split('\n').map(parseRow);

const BY_NAME = new Map(INSTANCE_TYPES.map((type) => [type.name, type]));

export function findInstanceType(name: string): InstanceType | undefined {
  return BY_NAME.get(name);
}

function parseRow(line: string): InstanceType {
  const [name = '', cpus, memoryMiB, maxInterfaces, addresses, ...performance] = line.trim().split(/\s+/);
  return {
    name,
    cpus: Number(cpus),
    memoryMiB: Number(memoryMiB),
    maxInterfaces: Number(maxInterfaces),
    addressesPerInterface: Number(addresses),
    networkPerformance: performance.join(' '),
    isBurstable: name.startsWith('t'),
    hypervisor: XEN_FAMILIES.includes(name.slice(0, name.indexOf('.'))) ? 'xen' : 'nitro',
  };
}
