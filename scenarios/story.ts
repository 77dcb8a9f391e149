/** A story: what a file of this folder exports as `story`. */
import type { Stage } from './stage.ts';

export interface Story {
  readonly title: string;
  readonly region: string;
  play(stage: Stage): Promise<void>;
}
