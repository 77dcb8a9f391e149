/**
 * Who may launch from an image, and its description, in the form of today (`LaunchPermission`) and the one that came before it
 * (`Attribute`, `OperationType`, `UserIds`, `UserGroups`). One attribute a call.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyImageAttribute.html
 */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Image } from '../../../model/resources.ts';
import { distinct, invalidValue, required } from '../../shared/input.ts';
import { ec2Action, type Input } from '../action.ts';
import { findOwnImage, refuseUnlessAvailable } from './find-image.ts';
import { checkedDescription } from './image-description.ts';

const PERMISSION = { UserId: true, Group: true } as const;

export const modifyImageAttribute = ec2Action<'ModifyImageAttribute'>(
  {
    ImageId: true,
    Attribute: true,
    Description: true,
    LaunchPermission: { Add: PERMISSION, Remove: PERMISSION },
    OperationType: true,
    UserIds: true,
    UserGroups: true,
    Value: true,
  },
  (input, context) => {
    const image = findOwnImage(context, required(input.ImageId, 'ImageId'));
    refuseUnlessAvailable(image, context);
    return { edits: [put(changed(image, input))], output: {} };
  },
);

type Wish = Input<'ModifyImageAttribute'>;
type LaunchPermission = NonNullable<NonNullable<Wish['LaunchPermission']>['Add']>[number];

function changed(image: Image, input: Wish): Image {
  const description = input.Attribute === 'description' ? required(input.Value, 'Value') : input.Description?.Value;
  const permission =
    input.LaunchPermission ?? (input.Attribute === 'launchPermission' ? legacyPermission(input) : undefined);
  if (description !== undefined && permission !== undefined) {
    refuse('InvalidParameterCombination', 'Fields for multiple attribute types specified');
  }
  if (description !== undefined) return { ...image, description: checkedDescription(description) };
  if (permission !== undefined) return withPermissions(image, permission.Add ?? [], permission.Remove ?? []);
  if (input.Attribute === undefined) refuse('InvalidParameterCombination', 'No attributes specified.');
  invalidValue(input.Attribute, 'attribute', 'Culvert knows launchPermission and description.');
}

function legacyPermission(input: Wish): NonNullable<Wish['LaunchPermission']> {
  const named: LaunchPermission[] = [
    ...(input.UserIds ?? []).map((UserId) => ({ UserId })),
    ...(input.UserGroups ?? []).map((group) => ({ Group: group as NonNullable<LaunchPermission['Group']> })),
  ];
  const operation = required(input.OperationType, 'OperationType');
  if (operation === 'add') return { Add: named };
  if (operation === 'remove') return { Remove: named };
  invalidValue(operation, 'operationType', "It must be 'add' or 'remove'.");
}

function withPermissions(image: Image, add: readonly LaunchPermission[], remove: readonly LaunchPermission[]): Image {
  for (const each of [...add, ...remove]) checkPermission(each);
  const removed = new Set(accountsOf(remove));
  const accounts = [...image.launchAccounts, ...accountsOf(add)].filter((account) => !removed.has(account));
  const isPublic = (image.isPublic || isForAll(add)) && !isForAll(remove);
  return { ...image, isPublic, launchAccounts: [...distinct(accounts)].sort() };
}

function checkPermission({ UserId: account, Group: group }: LaunchPermission): void {
  if (account !== undefined && !/^\d{12}$/.test(account)) {
    refuse('InvalidAMIAttributeItemValue', `Invalid attribute item value "${account}" for userId item type.`);
  }
  if (group !== undefined && group !== 'all') {
    refuse('InvalidAMIAttributeItemValue', `Invalid attribute item value "${group}" for group item type.`);
  }
}

function accountsOf(permissions: readonly LaunchPermission[]): readonly string[] {
  return permissions.flatMap(({ UserId }) => UserId ?? []);
}

function isForAll(permissions: readonly LaunchPermission[]): boolean {
  return permissions.some(({ Group }) => Group === 'all');
}
