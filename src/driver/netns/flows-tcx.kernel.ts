/** Flows where programs are attached by tcx, and told apart by their namespaces. Needs root. */
process.env.CULVERT_TCX = 'on';
await import('./flows.kernel.ts');
