/**
 * Options of the instance metadata service. Images here are marked for version 2, so tokens are required by default.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
 */
import type { InstanceMetadataOptionsRequest, InstanceMetadataOptionsResponse } from '@aws-sdk/client-ec2';
import type { MetadataOptions } from '../../../model/resources.ts';
import { invalidValue } from '../../shared/input.ts';

const MIN_HOPS = 1;
const MAX_HOPS = 64;

/** What an instance has whose call says nothing: AWS's defaults for an image with ImdsSupport v2.0. */
export const DEFAULT_METADATA: MetadataOptions = {
  httpTokens: 'required',
  httpEndpoint: 'enabled',
  hopLimit: 2,
  instanceTags: 'disabled',
};

/** The members that calls may give. */
export const METADATA_READS = {
  HttpTokens: true,
  HttpPutResponseHopLimit: true,
  HttpEndpoint: true,
  HttpProtocolIpv6: true,
  InstanceMetadataTags: true,
} as const;

export function metadataAfter(before: MetadataOptions, wish: InstanceMetadataOptionsRequest): MetadataOptions {
  const hopLimit = wish.HttpPutResponseHopLimit ?? before.hopLimit;
  if (!Number.isInteger(hopLimit) || hopLimit < MIN_HOPS || hopLimit > MAX_HOPS) {
    invalidValue(hopLimit, 'HttpPutResponseHopLimit', `Value must be between ${MIN_HOPS} and ${MAX_HOPS}.`);
  }
  const overIpv6 = wish.HttpProtocolIpv6 ?? before.httpProtocolIpv6;
  return {
    httpTokens: wish.HttpTokens ?? before.httpTokens,
    httpEndpoint: wish.HttpEndpoint ?? before.httpEndpoint,
    hopLimit,
    instanceTags: wish.InstanceMetadataTags ?? before.instanceTags,
    ...(overIpv6 === 'enabled' && { httpProtocolIpv6: overIpv6 }),
  };
}

export function viewMetadata(options: MetadataOptions): InstanceMetadataOptionsResponse {
  return {
    State: 'applied',
    HttpTokens: options.httpTokens,
    HttpPutResponseHopLimit: options.hopLimit,
    HttpEndpoint: options.httpEndpoint,
    HttpProtocolIpv6: options.httpProtocolIpv6 ?? 'disabled',
    InstanceMetadataTags: options.instanceTags,
  };
}
