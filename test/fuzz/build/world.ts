/**
 * The API of all accounts as a topology's steps call it, and what there is by now. What AWS would refuse is refused, and kept; anything
 * but a Refusal is a failure.
 */
import { directConnectActions } from '../../../src/api/directconnect/index.ts';
import { ec2Actions } from '../../../src/api/ec2/index.ts';
import { elbv2Actions } from '../../../src/api/elbv2/index.ts';
import { resolverActions } from '../../../src/api/resolver/index.ts';
import { route53Actions } from '../../../src/api/route53/index.ts';
import { type Harness, harness, REGION } from '../../../src/api/testing.ts';
import { Refusal } from '../../../src/model/refusal.ts';
import type { Kind, ResourceOf } from '../../../src/model/resources.ts';
import { cidrAddress, cidrOf } from '../../../src/net/cidr.ts';

const ACTIONS = { ...directConnectActions, ...ec2Actions, ...elbv2Actions, ...resolverActions, ...route53Actions };

export type Call = (operation: string, input: object) => Record<string, unknown>;

/** Whose a resource is. */
export interface Owner {
  readonly account: string;
  readonly region: string;
}

export class World {
  readonly root: Harness = harness(ACTIONS);
  calls = 0;
  /** As "Operation Code message". */
  readonly refusals: string[] = [];
  #number = 0;

  /** Of names that nothing else has. */
  nextNumber(): number {
    return ++this.#number;
  }

  /** As the resource's own account, in its region. */
  for({ account, region }: Owner): Call {
    // Of what is everywhere, calls may come from anywhere.
    return this.as(account, region === '' ? REGION : region);
  }

  as(account: string, region: string = REGION): Call {
    const h = this.root.as(account, region);
    return (operation, input) => {
      this.calls++;
      try {
        return h.call(operation, input) as Record<string, unknown>;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.refusals.push(`${operation} ${error.code} ${error.message}`);
        return {};
      }
    };
  }

  /** What was asked for is in force: nothing is pending any more. */
  settle(): void {
    const { facts, intent } = this.root;
    facts.appliedRevision = intent.revision;
  }

  /** The oldest first. */
  all<K extends Kind>(kind: K): readonly ResourceOf<K>[] {
    return [...this.root.intent.table(kind).all()].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  of<K extends 'subnet' | 'securityGroup' | 'routeTable' | 'internetGateway' | 'networkAcl' | 'natGateway'>(
    kind: K,
    vpcId: string,
  ): readonly ResourceOf<K>[] {
    return this.all(kind).filter((each) => (each as ResourceOf<'subnet'>).vpcId === vpcId);
  }

  machinePorts(): readonly ResourceOf<'networkInterface'>[] {
    return this.all('networkInterface').filter(({ type }) => type === 'interface');
  }

  /** The first, the last or all. */
  subnetsOf(vpcId: string, which: number): readonly string[] {
    const all = this.of('subnet', vpcId).map((each) => each.id);
    return which % 3 === 0 ? all : which % 3 === 1 ? all.slice(0, 1) : all.slice(-1);
  }

  /** One without IPv4, made where there is none. */
  subnetOfIpv6(vpc: ResourceOf<'vpc'>): string {
    const own = this.of('subnet', vpc.id);
    const there = own.find(({ cidr }) => cidr === null);
    const [block = ''] = vpc.ipv6Cidrs;
    if (there !== undefined) return there.id;
    const Ipv6CidrBlock = ipv6Subnet(block, 6);
    const wish = { VpcId: vpc.id, Ipv6CidrBlock, Ipv6Native: true, AvailabilityZone: `${vpc.region}a` };
    return id(this.for(vpc)('CreateSubnet', wish), 'Subnet', 'SubnetId');
  }
}

/** The nth /64 of a VPC's /56. */
export function ipv6Subnet(block: string, nth: number): string {
  return `${cidrAddress({ ...cidrOf(block), prefix: 56 }, BigInt(nth) << 64n)}/64`;
}

export function pick<T>(list: readonly T[], at: number): T | undefined {
  return list[at % Math.max(list.length, 1)];
}

/** What the reply has there, through lists' first; '' where the call was refused. */
export function id(reply: unknown, ...path: readonly string[]): string {
  let found = reply;
  for (const name of path) {
    found = (found as Record<string, unknown> | undefined)?.[name];
    if (Array.isArray(found)) found = found[0];
  }
  return typeof found === 'string' ? found : '';
}
