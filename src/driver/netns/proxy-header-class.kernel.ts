/** Proxy Protocol as on kernels without tcx (before Linux 6.6), see fast-path-class.kernel.ts. Needs root. */
process.env.CULVERT_TCX = 'off';
await import('./proxy-header.kernel.ts');
