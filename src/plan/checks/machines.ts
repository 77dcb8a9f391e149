/** Machines can be run as they are described: limits, layers, a primary port, metadata that agrees with the ports. */
import type { Machine, Plan } from '../plan.ts';

export function checkMachines(plan: Plan): string[] {
  return plan.machines.flatMap((machine) => [
    ...(machine.layers.length === 0 ? [`${machine.id}: no root file system`] : []),
    ...(machine.ports.length === 0 ? [`${machine.id}: no port`] : []),
    ...limits(machine),
    ...(machine.metadata.interfaces.map(({ portId }) => portId).join() === machine.ports.join()
      ? []
      : [`${machine.id}: its metadata names other ports than it has`]),
  ]);
}

function limits({ id, limits: { memoryMiB, cpus, processes } }: Machine): string[] {
  return memoryMiB > 0 && cpus > 0 && processes > 0 ? [] : [`${id}: a limit is not positive`];
}
