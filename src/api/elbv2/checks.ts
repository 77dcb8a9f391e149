/** What any ELBv2 input can be refused for, in the service's words: names, numbers, and what is not of this service's kind. */
import { refuse } from '../../model/refusal.ts';

const MAX_NAME = 32;

export function invalid(message: string): never {
  refuse('ValidationError', message);
}

export function badConfiguration(message: string): never {
  refuse('InvalidConfigurationRequest', message);
}

/** `noun`: "Load balancer" or "Target group". */
export function checkName(name: string, noun: string): void {
  if (name === '') invalid(`${noun} name '' cannot be empty`);
  if (name.length > MAX_NAME) invalid(`${noun} name '${name}' cannot be longer than '${MAX_NAME}' characters`);
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    invalid(`${noun} name '${name}' can only contain characters that are alphanumeric characters or hyphens(-)`);
  }
  if (name.startsWith('-') || name.endsWith('-')) invalid(`${noun} name '${name}' cannot begin or end with '-'`);
}

/** A whole number within the bounds; `member` as AWS spells it in its messages ("healthCheckIntervalSeconds"). */
export function inRange(value: number, member: string, min: number, max: number): number {
  const failed = (constraint: string): never =>
    invalid(
      `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${constraint}`,
    );
  if (!Number.isInteger(value)) failed('be a whole number');
  if (value < min) failed(`have value greater than or equal to ${min}`);
  if (value > max) failed(`have value less than or equal to ${max}`);
  return value;
}

export function portOf(value: number, member = 'port'): number {
  return inRange(value, member, 1, 65_535);
}
