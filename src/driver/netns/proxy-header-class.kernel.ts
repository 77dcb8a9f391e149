/** Proxy Protocol as it is by default, at clsact, see fast-path-class.kernel.ts. Needs root. */
process.env.CULVERT_TCX = 'off';
await import('./proxy-header.kernel.ts');
