/**
 * Where the wire does not check a value against the SDK's enum, and why. Everywhere else it does.
 *
 * An enum can be off because the model's spelling is not the wire's, or because the service answers an unknown value
 * with words of its own, which then belong to the action.
 */

/** "service" for all of a service, or "service.Structure.member". */
const UNCHECKED: ReadonlySet<string> = new Set([
  // SQS answers InvalidAttributeName "Unknown Attribute X.", from the backend.
  'sqs',
  // New storage classes and locations are for the backend to know.
  's3',
  // Instance types beyond the SDK's list; the action knows which it offers.
  'ec2.RunInstancesRequest.InstanceType',
  // A resource type that has no tags here is refused by the action, by name.
  'ec2.TagSpecification.ResourceType',
]);

export function isEnumChecked(service: string, structure: string, member: string): boolean {
  return !UNCHECKED.has(service) && !UNCHECKED.has(`${service}.${structure}.${member}`);
}
