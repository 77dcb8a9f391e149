/** The fast path as it is by default, at clsact: programs told apart by their attachments' classes. Needs root. */
process.env.CULVERT_TCX = 'off';
await import('./fast-path.kernel.ts');
