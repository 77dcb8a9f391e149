/** The labs in which something is connected; see demo.ts. */
import { playsDemo } from './demo.ts';

playsDemo('sqs', 7);
playsDemo('service', 7);
playsDemo('hub', 7);
