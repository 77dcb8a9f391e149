/**
 * Paths that customers want analysed, and the answers that analyses gave. An answer is a record of the state that was in force
 * then, which nothing could tell again: what it names is spelled out.
 */
import type { Resource } from './resource.ts';

export interface NetworkInsightsPath extends Resource {
  readonly kind: 'networkInsightsPath';
  /** An instance, a network interface, an internet gateway or an endpoint. */
  readonly source: string;
  /** One of these too, or an endpoint service; null: `destinationAddress` alone. */
  readonly destination: string | null;
  readonly sourceAddress: string | null;
  readonly destinationAddress: string | null;
  readonly protocol: 'tcp' | 'udp';
  /** null: any. */
  readonly port: number | null;
}

export interface NetworkInsightsAnalysis extends Resource {
  readonly kind: 'networkInsightsAnalysis';
  readonly pathId: string;
  /** null: what it was started on is not in force yet. */
  readonly result: AnalysisResult | null;
}

export type AnalysisResult =
  | {
      readonly state: 'succeeded';
      readonly isFound: boolean;
      /** Empty where no path was found. */
      readonly forward: readonly PathStep[];
      readonly back: readonly PathStep[];
      /** Empty where one was. */
      readonly explanations: readonly PathExplanation[];
    }
  | { readonly state: 'failed'; readonly message: string };

/** A resource as it was; `id` may be an ARN. */
export interface PathComponent {
  readonly id: string;
  readonly account: string;
  readonly region: string;
}

export interface PathStep {
  readonly component: PathComponent;
  readonly attachedTo: PathComponent | null;
  /** A VPC. */
  readonly domain: PathComponent | null;
  /** A subnet. */
  readonly segment: PathComponent | null;
  readonly transitGateway: PathComponent | null;
  /** As it comes in, or goes on; null: as before. */
  readonly inbound: PathPacket | null;
  readonly outbound: PathPacket | null;
  /** What let the packet through here; null: nothing had to. */
  readonly decision: PathDecision | null;
}

/** A protocol by its number; of a packet that answers `port` is null. */
export interface PathPacket {
  readonly protocol: string;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
}

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export type PathDecision =
  | {
      readonly kind: 'groupRule';
      readonly direction: 'egress' | 'ingress';
      /** 'any', or by its number. */
      readonly protocol: string;
      readonly ports: PortRange | null;
      readonly peer: { readonly cidr: string } | { readonly groupId: string };
    }
  | {
      readonly kind: 'aclEntry';
      readonly direction: 'egress' | 'ingress';
      readonly number: number;
      readonly protocol: string;
      readonly ports: PortRange | null;
      readonly cidr: string;
    }
  /** `target`: what it leads to; null: local. */
  | { readonly kind: 'route'; readonly destination: string; readonly target: string | null }
  /** Of a transit gateway; to an attachment of a VPC or a VPN connection. */
  | { readonly kind: 'transitRoute'; readonly destination: string; readonly attachment: string | null }
  | { readonly kind: 'listener'; readonly arn: string }
  | { readonly kind: 'service'; readonly name: string };

export interface PathExplanation {
  /** As Reachability Analyzer has it. */
  readonly code: string;
  readonly direction: 'egress' | 'ingress';
  /** The most specific first. */
  readonly components: readonly PathComponent[];
  readonly port: number | null;
  readonly address: string | null;
}
