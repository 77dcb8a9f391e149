/** Modify…Attribute calls take one attribute at a time. */
import { refuse } from '../../model/refusal.ts';

export function oneAttribute(attributes: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(attributes).filter((name) => attributes[name] !== undefined && name !== 'DryRun');
  if (given.length === 0) refuse('InvalidParameterCombination', 'No attributes specified.');
  if (given.length > 1) {
    refuse('InvalidParameterCombination', `Fields for multiple attribute types specified: ${given.join(', ')}`);
  }
}
