/** A share of the scenario files; see scenarios.ts. */
import { playsScenarios } from './scenarios.ts';

playsScenarios(3);
