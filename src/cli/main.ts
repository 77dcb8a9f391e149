/** The command line. Each command's code is loaded when it is asked for: `culvert status` needs no AWS schemas. */
import { Command, CommanderError } from 'commander';
import { version } from '../daemon/version.ts';
import { explain } from '../host/fault.ts';
import { hostPaths } from '../host/paths.ts';
import { EXITS } from './exits.ts';
import { quietPipes } from './text.ts';

const paths = hostPaths();
const program = new Command('culvert')
  .description('AWS PrivateLink that anyone can run: the AWS API in front, the Linux kernel beneath.')
  .showHelpAfterError('culvert --help lists commands and options')
  .version(version())
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'culvert:')) })
  .enablePositionalOptions()
  .exitOverride();

program
  .command('demo')
  .description('play a story with the unchanged AWS CLI and SDK against a Culvert of its own')
  .argument('[story]', 'which one', 'sqs')
  .option('--json', 'for machines')
  .option('--keep', 'leave the Culvert of the demo running')
  .action(async (story, options) => (await import('./demo.ts')).demo(story, options));

program
  .command('scenario')
  .description(
    'play scenario files: calls, packets and names as docs/scenarios.md has them, each file on a Culvert of its own',
  )
  .argument('<files...>')
  .action(async (files) => (await import('./scenario.ts')).scenario(files));

program
  .command('up')
  .description('start Culvert and show its status; Ctrl-C stops it')
  .option('-d, --detach', 'start in the background')
  .option('--port <port>', 'of the API (default: 4566)')
  .option('--listen <address>', 'of the API (default: 127.0.0.1); beyond loopback only with strict auth')
  .option('--auth <mode>', 'lenient: unknown keys are let in; strict: none is')
  .option('--account <digits>', 'the default account (default: 123456789012)')
  .option('--internet', 'who has a way to the internet reaches the real world too, through this host')
  .action(async (options) => (await import('./up.ts')).up(paths, options));

program
  .command('down')
  .description('stop Culvert and remove all it made on the host; its state stays')
  .option('--purge', 'remove its state too')
  .action(async (options) => (await import('./down.ts')).down(paths, options));

program
  .command('status')
  .description('resources, endpoints, instances, applied revision, faults')
  .option('--json', 'for machines')
  .action(async (options) => (await import('./status.ts')).status(paths, options));

program
  .command('why')
  .description(
    'what becomes of a packet, and what would mend what stops it: culvert why i-… https://sqs.ap-south-1.amazonaws.com',
  )
  .argument('<from>', 'an instance, its network interface (by id or tag Name) or its address, or a site')
  .argument(
    '<to>',
    'a URL, a DNS name, an address, an instance, a network interface, an endpoint or a service by its name',
  )
  .option('--port <port>', "of TCP or UDP (default: the URL's)")
  .option('--protocol <name>', 'tcp, udp, icmp or a number', 'tcp')
  .option('--action <name>', 'what the caller would call there, for policies: sqs:SendMessage')
  .option('--resource <arn>', 'on what')
  .option('--as <arn>', "who calls: a role or a session of one, as errors name it (default: the instance's role)")
  .option('--live', 'send it too, and show where it was seen, lost and answered')
  .option('--mermaid', 'the way as a diagram in the language of Mermaid')
  .option('--svg', 'the way as a picture: culvert why … --svg > why.svg')
  .option('--json', 'for machines')
  .action(async (from, to, options) => (await import('./why.ts')).why(paths, from, to, options));

program
  .command('reach')
  .description(
    'who reaches whom, without a port for all that rules and listeners name: culvert reach --to i-… --port 443',
  )
  .argument('[plan]', 'with --diff: a second saved Plan (default: the one in force)')
  .option('--to <target>', 'who reaches this: as for why, or a subnet, group, VPC, load balancer, internet')
  .option('--from <place>', 'what this reaches: an instance, interface, address, subnet, group, VPC, site, internet')
  .option('--matrix', 'all pairs of interfaces')
  .option('--diff <plan>', 'what opened and closed since a Plan that "culvert plan --save" saved')
  .option('--port <port>', 'of TCP or UDP')
  .option('--protocol <name>', 'tcp, udp or icmp', 'tcp')
  .option('--json', 'for machines')
  .action(async (plan, options) => {
    return (await import('./reach.ts')).reach(paths, plan === undefined ? [] : [plan], options);
  });

program
  .command('plan')
  .description('what calls would open and close, before they are made: culvert plan --diff change.sh')
  .option('--diff <file>', 'aws commands as a shell takes them')
  .option('--save <file>', 'write the Plan in force there, for "culvert reach --diff" later')
  .option('--json', 'for machines')
  .action(async (options) => (await import('./plan.ts')).plan(paths, options));

program
  .command('assert')
  .description('whether policies hold, for CI: culvert assert policies.txt (docs/assert.md)')
  .argument('<file>', 'a policy a line: nothing in vpc-a reaches the internet')
  .option('--with <file>', 'whether they would hold after these aws commands (as for plan --diff)')
  .option('--json', 'for machines')
  .action(async (file, options) => (await import('./assert.ts')).assertPolicies(paths, file, options));

program
  .command('exec')
  .description('run a command in an instance, or at the host of a site: culvert exec i-… -- cat /etc/os-release')
  .argument('<instance>')
  .argument('<command...>')
  .passThroughOptions()
  .action(async (instance, command) => (await import('./exec.ts')).exec(paths, instance, command));

program
  .command('shell')
  .description('a shell in an instance')
  .argument('<instance>')
  .action(async (instance) => (await import('./exec.ts')).exec(paths, instance, ['/bin/bash', '-l']));

program
  .command('aws')
  .description('the unchanged AWS CLI of the base image, pointed at the running Culvert')
  .argument('[arguments...]')
  .passThroughOptions()
  .allowUnknownOption()
  .helpOption(false)
  .action(async (rest) => (await import('./aws.ts')).aws(paths, rest));

program
  .command('env')
  .description('lines that point AWS tools at the running Culvert: eval "$(culvert env)"')
  .option('--region <region>', 'the default region', 'ap-south-1')
  .action(async (options) => (await import('./env.ts')).environment(paths, options));

program
  .command('logs')
  .description('log groups, or the events of one: culvert logs /dns/queries --follow')
  .argument('[group]')
  .option('-f, --follow', 'go on with what comes, until Ctrl-C')
  .option('--filter <pattern>', "as FilterLogEvents takes it: 'NXDOMAIN', '-AAAA', '?one ?two'")
  .option('--since <span>', 'how far back: 30s, 10m, 2h, 1d', '10m')
  .option('--region <region>', 'where', 'ap-south-1')
  .action(async (group, options) => (await import('./logs.ts')).logs(paths, group, options));

const service = program.command('service').description('URLs behind AWS services that Culvert does not have itself');
service
  .command('attach')
  .argument('<name>', 'as in its endpoint service name: athena, ecr.api')
  .argument('<url>', 'http:// or https://')
  .action(async (name, url) => (await import('./service.ts')).attachService(paths, name, url));
service
  .command('detach')
  .argument('<name>')
  .action(async (name) => (await import('./service.ts')).detachService(paths, name));
service.command('list').action(async () => (await import('./service.ts')).listServices(paths));

const site = program.command('site').description("customers' own networks beside AWS");
site
  .command('create')
  .argument('<name>', 'of its host too: culvert exec NAME -- …')
  .argument('<cidr>', 'IPv4 block: 192.168.0.0/16')
  .option('--dns <software>', 'a DNS server for it: dnsmasq or unbound')
  .action(async (name, cidr, options) => (await import('./site.ts')).createSite(paths, name, cidr, options));
site
  .command('forward')
  .description('whom its DNS server asks for a domain, such as an inbound resolver endpoint; without addresses: nobody')
  .argument('<name>')
  .argument('<domain>')
  .argument('[addresses...]')
  .action(async (name, domain, servers) => (await import('./site.ts')).forwardAtSite(paths, name, domain, servers));
site
  .command('route')
  .description(
    'what its router sends by hand to a block: by a VPN connection or a virtual interface; without one: no more',
  )
  .argument('<name>')
  .argument('<cidr>', 'IPv4 block: 0.0.0.0/0')
  .argument('[via]', 'vpn-… or dxvif-…')
  .action(async (name, cidr, via) => (await import('./site.ts')).routeAtSite(paths, name, cidr, via));
site
  .command('delete')
  .argument('<name>')
  .action(async (name) => (await import('./site.ts')).deleteSite(paths, name));
site.command('list').action(async () => (await import('./site.ts')).listSites(paths));

program
  .command('trail')
  .description('API calls, the oldest first: when, who, what, from where, and what came of it')
  .option('--follow', 'those to come too')
  .option('--json', 'one object a line, for machines')
  .action(async (options) => (await import('./trail.ts')).trail(paths, options));

program
  .command('events')
  .description(
    'what happened, as EventBridge tells it, the oldest first: calls, and states that changed (docs/events.md)',
  )
  .option('-f, --follow', 'those to come too, until Ctrl-C')
  .option('--account <account>', "whose (default: everybody's)")
  .option('--region <region>', 'where (default: everywhere)')
  .option('--source <source>', 'aws.ec2, culvert, …')
  .option('--detail-type <type>', "such as 'EC2 Instance State-change Notification'")
  .option('--since <span>', 'how far back: 30s, 10m, 2h, 1d (default: all that are kept)')
  .option('--after <id>', 'those after the event with this id')
  .option('--json', "EventBridge's form, one event a line, for machines")
  .action(async (options) => (await import('./events.ts')).events(paths, options));

program
  .command('cost')
  .description('what it would cost at AWS: this month so far and a month at this rate, by resource')
  .option('--hours <number>', 'look so many hours ahead instead of a month')
  .option('--compare', 'the same traffic through PrivateLink, a NAT gateway, peering or a gateway endpoint')
  .option('--account <account>', "whose (default: everybody's)")
  .option('--region <region>', 'where (default: everywhere)')
  .option('--json', 'for machines')
  .action(async (options) => (await import('./cost.ts')).cost(paths, options));

const quota = program.command('quota').description("AWS's quotas that can be raised");
quota
  .command('set')
  .argument('<code>', 'as in Service Quotas: L-7E9ECCDB')
  .argument('<value>')
  .option('--account <account>', 'whose (default: that of keys which Culvert did not issue)')
  .option('--region <region>', 'where', 'ap-south-1')
  .action(async (code, value, options) => (await import('./quota.ts')).setQuota(paths, code, value, options));
quota.command('list').action(async () => (await import('./quota.ts')).listQuotas());

program
  .command('doctor')
  .description('check whether this machine can run Culvert')
  .action(async () => (await import('./doctor.ts')).doctor(paths));

program
  .command('test')
  .description('every check and test there is, kernel tests too')
  .action(async () => (await import('./test.ts')).test(paths));

program
  .command('bench')
  .description('what it costs beside the plain way and beside others, measured side by side here')
  .argument('[names...]', 'which ones, as in bench/NAME.bench.ts (default: all)')
  .action(async (names) => (await import('./bench.ts')).bench(paths, names));

program
  .command('fuzz')
  .description('random networks until the time is over: whether the analyser and real packets tell the same')
  .option('--minutes <number>', 'how long', '10')
  .option('--seed <number>', 'where to begin, as an earlier run has told it')
  .action(async (options) => (await import('./fuzz.ts')).fuzz(options));

program
  .command('version')
  .description('print the version')
  .action(() => {
    process.stdout.write(`${version()}\n`);
  });

quietPipes();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXITS.usage;
  } else {
    process.stderr.write(`culvert: ${explain(error)}\n`);
    process.exitCode = (error as { exitCode?: number }).exitCode ?? EXITS.failed;
  }
}
