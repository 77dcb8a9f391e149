/** Tags of connections, virtual interfaces and Direct Connect gateways, by ARN. https://docs.aws.amazon.com/directconnect/latest/APIReference/API_TagResource.html */
import { put } from '../../model/edit.ts';
import type { DxConnection, DxGateway, DxInterface } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { dxAction } from './action.ts';
import { findLive, refuseCall, viewTags, withTags } from './find.ts';

export const tagResource = dxAction<'TagResource'>({ resourceArn: true, tags: true }, (input, context) => {
  const found = byArn(context, input.resourceArn);
  return { edits: [put({ ...found, tags: withTags(found.tags, input.tags) })], output: {} };
});

export const untagResource = dxAction<'UntagResource'>({ resourceArn: true, tagKeys: true }, (input, context) => {
  const found = byArn(context, input.resourceArn);
  const kept = Object.entries(found.tags).filter(([key]) => !input.tagKeys.includes(key));
  return { edits: [put({ ...found, tags: Object.fromEntries(kept) })], output: {} };
});

export const describeTags = dxAction<'DescribeTags'>({ resourceArns: true }, (input, context) =>
  reply({
    resourceTags: input.resourceArns.map((resourceArn) => ({
      resourceArn,
      tags: viewTags(byArn(context, resourceArn).tags),
    })),
  }),
);

const TYPES = { dxcon: 'dxConnection', dxvif: 'dxInterface', 'dx-gateway': 'dxGateway' } as const;

function byArn(context: Context, arn: string): DxConnection | DxInterface | DxGateway {
  const [, type = '', id] = /^arn:aws:directconnect:[^:]*:\d{12}:(dxcon|dxvif|dx-gateway)\/(\S+)$/.exec(arn) ?? [];
  const kind = TYPES[type as keyof typeof TYPES];
  if (kind === undefined) refuseCall(`The ARN ${arn} is invalid.`);
  const found = findLive(context, kind, id);
  // Policies were asked of the ARN as it is written.
  const isIts = arn === `arn:aws:directconnect:${found.region}:${found.account}:${type}/${found.id}`;
  return isIts ? found : refuseCall(`Could not find a resource with ARN ${arn}`);
}
