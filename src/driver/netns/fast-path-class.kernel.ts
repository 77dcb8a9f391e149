/** The fast path as on kernels without tcx (before Linux 6.6): programs told apart by their attachments' classes. Needs root. */
process.env.CULVERT_TCX = 'off';
await import('./fast-path.kernel.ts');
