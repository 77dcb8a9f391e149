/** Machines can be run as they are described: limits, layers, a primary port, metadata that agrees with the ports. So can images. */
import type { Machine, MachineImage, Plan } from '../plan.ts';

export function checkMachines(plan: Plan): string[] {
  return [...plan.machines.flatMap(machineFindings), ...plan.images.flatMap(imageFindings)];
}

function imageFindings({ id, layers }: MachineImage): string[] {
  return layers[0] === id && layers.length > 1 ? [] : [`${id}: its layers are not its own and its source's`];
}

function machineFindings(machine: Machine): string[] {
  return [
    ...(machine.layers.length === 0 ? [`${machine.id}: no root file system`] : []),
    ...(machine.ports.length === 0 ? [`${machine.id}: no port`] : []),
    ...limits(machine),
    ...(machine.metadata.interfaces.map(({ portId }) => portId).join() === machine.ports.join()
      ? []
      : [`${machine.id}: its metadata names other ports than it has`]),
  ];
}

function limits({ id, limits: { memoryMiB, cpus, processes } }: Machine): string[] {
  return memoryMiB > 0 && cpus > 0 && processes > 0 ? [] : [`${id}: a limit is not positive`];
}
