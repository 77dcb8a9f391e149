/** Tags of load balancers, target groups and listeners, by ARN. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddTags.html */
import { put } from '../../../model/edit.ts';
import type { ResourceOf } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { distinct } from '../../shared/input.ts';
import { elbAction } from '../action.ts';
import { invalid } from '../checks.ts';
import { type ElbKind, findBalancer, findGroup, findListener } from '../find.ts';
import { viewTags, withTags } from '../tags.ts';

const MAX_ARNS = 20;

type Tagged = ResourceOf<ElbKind>;

const FINDERS: Readonly<Record<string, (context: Context, arn: string) => Tagged>> = {
  loadbalancer: findBalancer,
  targetgroup: findGroup,
  listener: findListener,
};

function tagged(arns: readonly string[], context: Context): readonly Tagged[] {
  if (arns.length > MAX_ARNS) invalid(`Up to '${MAX_ARNS}' resource ARNs can be specified`);
  return distinct(arns).map((arn) => {
    const type = /^arn:[^:]+:elasticloadbalancing:[^:]*:[^:]*:([a-z-]+)\//.exec(arn)?.[1] ?? '';
    const find = Object.hasOwn(FINDERS, type) ? FINDERS[type] : undefined;
    return find === undefined ? invalid(`'${arn}' is not a valid resource ARN`) : find(context, arn);
  });
}

export const addTags = elbAction<'AddTags'>({ ResourceArns: true, Tags: true }, (input, context) => ({
  edits: tagged(input.ResourceArns, context).map((each) => put({ ...each, tags: withTags(each.tags, input.Tags) })),
  output: {},
}));

export const removeTags = elbAction<'RemoveTags'>({ ResourceArns: true, TagKeys: true }, (input, context) => {
  const gone = new Set(input.TagKeys);
  const rest = ({ tags }: Tagged) => Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key)));
  return {
    edits: tagged(input.ResourceArns, context).map((each) => put({ ...each, tags: rest(each) })),
    output: {},
  };
});

export const describeTags = elbAction<'DescribeTags'>({ ResourceArns: true }, (input, context) =>
  reply({
    TagDescriptions: tagged(input.ResourceArns, context).map((each) => ({
      ResourceArn: each.id,
      Tags: viewTags(each.tags),
    })),
  }),
);
