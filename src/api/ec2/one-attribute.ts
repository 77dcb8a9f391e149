/** Modify…Attribute calls take one attribute at a time. */
import { refuse } from '../../model/refusal.ts';

export function oneAttribute(attributes: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(attributes).filter((name) => attributes[name] !== undefined && name !== 'DryRun');
  if (given.length === 0) refuse('InvalidParameterCombination', 'No attributes specified.');
  if (given.length > 1) {
    refuse(
      'InvalidParameterCombination',
      `Fields for multiple attribute types specified: ${given.map(wireName).join(', ')}`,
    );
  }
}

/** AWS begins them with a small letter in its messages. */
function wireName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
