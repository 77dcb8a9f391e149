/** The labs in which something is explained; see demo.ts. */
import { playsDemo } from './demo.ts';

playsDemo('compare', 7);
playsDemo('why', 16);
playsDemo('policies', 8);
playsDemo('bill', 6);
