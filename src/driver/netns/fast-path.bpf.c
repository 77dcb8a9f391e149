// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The fast path at the links of VPCs' routers: a cache of what the ordinary path did. `fast_in` gives a packet of an established
 * TCP connection a number; `fast_out` finds it again, let through and translated, and keeps how: a lease, for one
 * connection in one direction. Until it ends, packets of just these addresses and ports at just this link are rewritten alike and
 * handed straight to the other end of the way out. It decides nothing: each lease ends after a second at most, or with the
 * generation when rules or connections change, and then the next packet goes the ordinary way, through rules, tracking and
 * routes. First packets, their answers and resets, fragments, IP options and what is too large always go that way. Of the end of a
 * connection whose packets it did not see, tracking is told.
 *
 * One pair of programs serves all routers: what tells them apart is the class that each attachment has (see traffic-control.ts).
 * Terms: see link-programs.bpf.h. `npm run bpf` makes the object. Read bpf-helpers(7).
 */
#include "link-programs.bpf.h"

/* What few packets need: its variables are not on the stack of the others. */
#define RARE static __attribute__((noinline))

static __u64 (*const jiffies)(void) = (void *)BPF_FUNC_jiffies64;
static __u32 (*const cpu_number)(void) = (void *)BPF_FUNC_get_smp_processor_id;
static __u32 (*const chance)(void) = (void *)BPF_FUNC_get_prandom_u32;
static void *(*const map_lookup_at)(const void *map, const void *key, __u32 cpu) = (void *)BPF_FUNC_map_lookup_percpu_elem;
static long (*const redirect_peer)(__u32 ifindex, __u64 flags) = (void *)BPF_FUNC_redirect_peer;
static void (*const set_hash_invalid)(struct __sk_buff *) = (void *)BPF_FUNC_set_hash_invalid;
static long (*const set_hash)(struct __sk_buff *, __u32 hash) = (void *)BPF_FUNC_set_hash;
static long (*const check_mtu)(void *, __u32 ifindex, __u32 *mtu, __s32 difference, __u64 flags) =
    (void *)BPF_FUNC_check_mtu;

struct nf_conn {
  __u32 mark;
} KERNEL;

extern int bpf_ct_change_timeout(struct nf_conn *, __u32 milliseconds) SEC(".ksyms");

/* A second at most: there are between 100 and 1000 a second. */
#define LEASE_JIFFIES 100
#define LONG_AGO 1
/* Of connections that are over: a last segment that was lost is sent again meanwhile. */
#define CLOSED_MS 3000
/* Bits of a tracked connection's mark: which direction has said its last; the first is the original's. */
#define ENDED(direction) (1u << (30 + (direction)))
#define CLOSED (ENDED(0) | ENDED(1))
/* And which has acknowledged the last of the other. */
#define CONTENT(direction) (1u << (26 + (direction)))
#define DONE (CLOSED | CONTENT(0) | CONTENT(1))
/*
 * A packet's mark: the rules say that its connection is to an address that is metered, and which way this one goes. To such, a
 * connection may be silent before tracking saw the client's answer (syn_recv).
 */
#define METERED 0x80000000
#define WAY(mark) ((mark)&METERED ? (mark)&3 : 0)
/*
 * A packet's priority: its flow is counted where it leaves by a link of ours, so that the rules need not (counting.ts). They say of it
 * that it is past the gates of who sent it; or take it away, and count themselves.
 */
enum noted { NOTED = 0x10001, ENTERED = 0x10002 };
/* What fits any link of a router where all have programs. */
#define NOTED_MTU 8500
enum way { THERE = 1, BACK = 2, SKIPPED = 3 };
#define ROUTERS 65536
#define METERS 65536
#define FLOWS 65536
#define IFINDEX_BITS 24
#define NUMBER_BITS 24
#define NUMBER(x) (ntohl(x) & ((1u << NUMBER_BITS) - 1))
/*
 * Of connections that are many at once, and before them of the few that mostly are: these stay in the processor's cache. With
 * fewer ways some bucket is always full, even where most places are free.
 */
#define BUCKETS 4096
#define NEAR_BUCKETS 1024
#define WAYS 4
#define SOURCES 4096
#define CPUS 4096
/*
 * How many first packets more than another one's, beside a quarter of those, are reason enough to hand one over: a few at a time are not,
 * nor is how two that have enough to do take turns.
 */
#define AHEAD 64
/* Of time by which counts fade, as a shift of jiffies: longer than programs run between one another. */
#define SPAN 3
#define COUNT_BITS 32

/* What comes in: at which link of which router, which is the lower half of its namespace's cookie: numbers are never used again. */
struct flow {
  __u32 router, ifindex;
  struct ends ends;
};

/*
 * A line of a CPU's cache, read and written without a lock: what is being written, or was by two at once, does not match its
 * digest and is no lease.
 */
struct lease {
  /*
   * Jiffies: of 32 bits the half are over after weeks, and what ended long ago would hold again; of these no lease counts
   * after years. 0: not yet; LONG_AGO: no more.
   */
  __u64 until : 38;
  /* Its packets are counted as a flow's. */
  __u64 logged : 1;
  /* The far side has said its last, and this acknowledges it: more bits than a window has. */
  __u64 told : 1;
  __u64 last : NUMBER_BITS;
  /* As it comes in, and as it leaves. */
  struct ends in, out;
  /* A link with a higher number has no leases. */
  __u64 in_ifindex : IFINDEX_BITS;
  __u64 out_ifindex : IFINDEX_BITS;
  /* Of our links: far less than this can hold. */
  __u64 mtu : 14;
  /* Whether it is metered, and which way. */
  __u64 way : 2;
  __u32 router;
  __u32 generation;
  __u8 macs[12];
  __u32 digest;
};

#define WORDS (sizeof(struct lease) / sizeof(__u64))

struct bucket {
  struct lease ways[WAYS];
};

/* LAST: makes no lease, but may be counted. */
enum kind { NONE, ORDINARY, FIRST, ANSWER, RESET, LAST };

/* Told by the driver. */
struct present {
  __u32 generation;
  /* Whether flows are counted at any router. */
  __u32 logs;
  /* Among which first packets may be handed over, by their number; fewer than two: they are not. And a share of all hashes for each. */
  __u32 processors, share;
};

/* First packets that a CPU had lately: with each span half of them count no more. */
struct load {
  __u64 span;
  __u32 firsts;
};

/* The packet that is on its ordinary way on this CPU. */
struct pending {
  struct flow flow;
  __u32 token, generation, bucket;
  __be32 seq, ack;
  __u8 kind;
  /* Of a first packet: nobody knows yet whether its source may be at this link. */
  __u8 stranger;
  __u8 logs;
};

struct counters {
  __u64 packets, bytes, leases;
};

/* What connections to one address are metered by. */
struct meter {
  __u32 netns;
  __be32 address;
  __u32 way;
};

/* One direction of a connection at a router, as it comes in and as it leaves. */
struct passage {
  __u32 netns, in_ifindex, out_ifindex;
  struct ends in, out;
};

/* As the rules' counters: of IP packets, where the sender has bundled some with one header. */
struct count {
  __u64 packets, bytes;
};

struct flow_count {
  __u64 packets, bytes;
  /* Of TCP, any that was seen; as told in flow logs. */
  __u64 flags;
};

/* What is looked up, and what is put in, where the stack has no room left. */
struct keys {
  struct passage passage;
  struct meter meter;
  struct flow_count first;
};

#define MAP(name, map_type, flags, entries, value_type) \
  struct { \
    int (*type)[map_type]; \
    int (*map_flags)[flags]; \
    int (*max_entries)[entries]; \
    __u32 *key; \
    value_type *value; \
  } name SEC(".maps")

/* At the begin of a page, as what can be mapped is: each lease is one line. */
MAP(leases, BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE, NEAR_BUCKETS + BUCKETS, struct bucket);
/* Until when a near bucket's flows may have leases among the others; in jiffies. */
MAP(overflows, BPF_MAP_TYPE_ARRAY, 0, NEAR_BUCKETS, __u64);
/* Whose first packet was let through at which link, as one number each. */
MAP(sources, BPF_MAP_TYPE_ARRAY, 0, SOURCES, __u64);
MAP(pendings, BPF_MAP_TYPE_PERCPU_ARRAY, 0, 1, struct pending);
MAP(counters, BPF_MAP_TYPE_PERCPU_ARRAY, 0, 1, struct counters);
MAP(presents, BPF_MAP_TYPE_ARRAY, 0, 1, struct present);
MAP(loads, BPF_MAP_TYPE_PERCPU_ARRAY, 0, 1, struct load);

/* Which router an attachment's class stands for. */
MAP(routers, BPF_MAP_TYPE_ARRAY, 0, ROUTERS, __u32);

#define HASH(name, map_type, flags, entries, key_type, value_type) \
  struct { \
    int (*type)[map_type]; \
    int (*map_flags)[flags]; \
    int (*max_entries)[entries]; \
    key_type *key; \
    value_type *value; \
  } name SEC(".maps")

HASH(meters, BPF_MAP_TYPE_PERCPU_HASH, BPF_F_NO_PREALLOC, METERS, struct meter, struct count);
/* They come and go with connections: there is room for all from the begin on. */
HASH(flows, BPF_MAP_TYPE_HASH, 0, FLOWS, struct passage, struct flow_count);
/* Routers where flows are counted, and which: those that are carried, or all that this takes note of. */
enum logged { CARRIED = 1, ALL = 2 };
HASH(logged, BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC, ROUTERS, __u32, __u32);
MAP(keys_of, BPF_MAP_TYPE_PERCPU_ARRAY, 0, 1, struct keys);

static const __u32 zero = 0;
static const struct count nothing = { 0, 0 };

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };
#define FLAGS_OF(tcp) (((__u8 *)(tcp))[13] & (FIN | SYN | RST | ACK))
/* In flow logs an acknowledgement is told of an answer only. */
#define TOLD(flags) ((flags)&SYN ? (flags) : (flags) & ~ACK)

struct headers {
  struct ethhdr eth;
  struct iphdr ip;
  struct tcphdr tcp;
} __attribute__((packed));

#define TCP_CHECK (sizeof(struct ethhdr) + sizeof(struct iphdr) + __builtin_offsetof(struct tcphdr, check))

/* Null: not TCP over IPv4 without options, or a fragment; or of a VLAN, whose tag is not among the headers: nobody's packet. */
INLINE struct headers *headers_of(struct __sk_buff *skb) {
  if (skb->vlan_present) return 0;
  struct headers *h = (void *)(long)skb->data;
  if ((void *)(h + 1) > (void *)(long)skb->data_end) return 0;
  if (h->eth.h_proto != htons(ETH_P_IP) || *(__u8 *)&h->ip != 0x45 || h->ip.protocol != IPPROTO_TCP) return 0;
  return h->ip.frag_off & htons(0x3fff) ? 0 : h;
}

INLINE __u64 mixed(__u64 hash) {
  return (hash ^ hash >> 32) * 0x9e3779b97f4a7c15ull;
}

INLINE __u32 bucket_of(const struct flow *flow) {
  __u64 a = flow->ends.saddr | (__u64)flow->ends.daddr << 32;
  __u64 b = flow->router ^ (__u64)flow->ifindex << 32 ^ (__u64)flow->ends.sport << 16 ^ (__u64)flow->ends.dport << 40;
  return mixed((a ^ (b * 0x9e3779b97f4a7c15ull)) * 0xd6e8feb86659fd93ull) >> 52;
}

INLINE int is_of(const struct lease *lease, const struct flow *flow) {
  return lease->in.sport == flow->ends.sport && lease->in.dport == flow->ends.dport &&
         lease->in.saddr == flow->ends.saddr && lease->in.daddr == flow->ends.daddr &&
         lease->in_ifindex == flow->ifindex && lease->router == flow->router;
}

INLINE __u32 digest_of(const struct lease *lease) {
  const __u64 *words = (const void *)lease;
  __u64 sum = 0;
  for (int at = 0; at < WORDS - 1; at++) sum += words[at] * (0x9e3779b97f4a7c15ull * (2 * at + 1));
  /* The last is half the digest itself. */
  sum += (__u64)(__u32)words[WORDS - 1] * 0xd6e8feb86659fd93ull;
  return mixed(sum) >> 32;
}

INLINE struct lease *place_in(__u32 bucket_at, const struct flow *flow) {
  struct bucket *bucket = map_lookup(&leases, &bucket_at);
  if (!bucket) return 0;
  for (int way = 0; way < WAYS; way++)
    if (is_of(&bucket->ways[way], flow)) return &bucket->ways[way];
  return 0;
}

#define NEAR(at) ((at) & (NEAR_BUCKETS - 1))
#define FAR(at) (NEAR_BUCKETS + (at))

INLINE __u64 *overflow_of(__u32 at) {
  __u32 near = NEAR(at);
  return map_lookup(&overflows, &near);
}

INLINE int has_overflown(__u32 at) {
  __u64 *until = overflow_of(at);
  return until && *until > jiffies();
}

/* No lease among the others may outlive what leads to it: it would not be found when it is to end. */
INLINE void extend(__u32 at, __u64 until) {
  __u64 *overflow = overflow_of(at);
  if (overflow && *overflow < until) *overflow = until;
}

/* Where the flow's lease is, whatever its age; 0: there is none. */
INLINE struct lease *place_of(__u32 at, const struct flow *flow) {
  struct lease *place = place_in(NEAR(at), flow);
  return place || !has_overflown(at) ? place : place_in(FAR(at), flow);
}

/* A copy of it. */
INLINE int find(struct lease *place, const struct flow *flow, struct lease *copy) {
  if (!place) return 0;
  *copy = *place;
  /* Nothing is read there again: it may be another's by now. */
  __asm__ volatile("" ::: "memory");
  return is_of(copy, flow) && digest_of(copy) == copy->digest;
}

INLINE void put(struct lease *place, struct lease *lease) {
  lease->digest = digest_of(lease);
  *place = *lease;
}

/*
 * In place of the flow's own lease, of one that is over, or of one that is not yet. Where all are wanted the flow goes on to the
 * other buckets, in place of the lease there that ends first.
 */
INLINE void keep(__u32 at, const struct flow *flow, struct lease *lease) {
  __u32 near = NEAR(at);
  struct bucket *bucket = map_lookup(&leases, &near);
  if (!bucket) return;
  __u64 now = jiffies();
  struct lease *own = 0, *over = 0, *begun = 0;
  for (int way = 0; way < WAYS; way++) {
    struct lease *each = &bucket->ways[way];
    if (!own && is_of(each, flow)) own = each;
    /* Or of nobody yet. */
    if (!over && (each->until ? each->until <= now : !each->in_ifindex)) over = each;
    if (!begun && !each->until) begun = each;
  }
  struct lease *place = own ? own : over ? over : begun;
  if (place) {
    put(place, lease);
    return;
  }
  extend(at, now + LEASE_JIFFIES);
  __u32 far = FAR(at);
  bucket = map_lookup(&leases, &far);
  if (!bucket) return;
  place = &bucket->ways[0];
  for (int way = 0; way < WAYS; way++) {
    struct lease *each = &bucket->ways[way];
    if (is_of(each, flow)) {
      place = each;
      break;
    }
    if (each->until < place->until) place = each;
  }
  put(place, lease);
}

/*
 * Of all sources at a link each has another number. That one at another link has the same is rarer than 1 in 2^32; it could end
 * earlier what is over.
 */
INLINE __u64 number_of(const struct flow *flow, __u32 generation) {
  __u64 link = mixed((flow->ifindex | (__u64)flow->router << 32) * 0xd6e8feb86659fd93ull ^ generation);
  return link * 0xd6e8feb86659fd93ull ^ flow->ends.saddr;
}

INLINE __u64 *source_of(__u64 number) {
  __u32 at = mixed(number) >> 52;
  return map_lookup(&sources, &at);
}

INLINE int is_known(const struct flow *flow, __u32 generation) {
  __u64 number = number_of(flow, generation);
  __u64 *source = source_of(number);
  return source && *source == number;
}

INLINE void learn(const struct flow *flow, __u32 generation) {
  __u64 number = number_of(flow, generation);
  __u64 *source = source_of(number);
  if (source) *source = number;
}

/* Sum of 16-bit words, as a difference between two headers. */
INLINE __u32 fold32(__u64 sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  return (sum & 0xffffffff) + (sum >> 32);
}

INLINE __u16 fold16(__u64 sum) {
  sum = fold32(sum);
  sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xffff) + (sum >> 16);
}

INLINE struct nf_conn *tracked(struct __sk_buff *skb, struct ends *ends, __u8 *direction) {
  struct ct_options options = { .netns = -1, .protocol = IPPROTO_TCP };
  struct nf_conn *ct = bpf_skb_ct_lookup(skb, (void *)ends, sizeof *ends, &options, sizeof options);
  *direction = options.direction;
  return ct;
}

enum { SAID_LAST = 1, HEARD_LAST = 2, BROKEN_OFF = 4 };

enum { UNKNOWN, KNOWN, FORGOTTEN };

/*
 * Tracking did not see how the connection went on, so it is told of the end, if it knows such a connection. When all has been
 * said and acknowledged it forgets the connection at once, while the entry is at hand.
 */
INLINE int ended(struct __sk_buff *skb, struct ends *ends, int how) {
  __u8 direction;
  struct nf_conn *ct = tracked(skb, ends, &direction);
  if (!ct) return UNKNOWN;
  direction &= 1;
  __u32 mark = ct->mark;
  if (how & BROKEN_OFF) mark |= CLOSED;
  if (how & SAID_LAST) mark |= ENDED(direction);
  if (how & HEARD_LAST) mark |= CONTENT(direction);
  ct->mark = mark;
  int done = (mark & DONE) == DONE;
  if ((mark & CLOSED) == CLOSED) bpf_ct_change_timeout(ct, done ? 0 : CLOSED_MS);
  bpf_ct_release(ct);
  if (!done) return KNOWN;
  /* Who looks for what has run out takes it out. */
  ct = tracked(skb, ends, &direction);
  if (ct) bpf_ct_release(ct);
  return FORGOTTEN;
}

/*
 * The last packet of a connection that ended by leases goes the ordinary way where its own has run out, and may be another's by
 * now. Tracking, which did not see the end, takes it for a sign of life: it is told once more.
 */
INLINE int is_over(struct __sk_buff *skb, struct ends *ends) {
  __u8 direction;
  struct nf_conn *ct = tracked(skb, ends, &direction);
  if (!ct) return 0;
  int over = (ct->mark & CLOSED) == CLOSED;
  if (over) bpf_ct_change_timeout(ct, CLOSED_MS);
  bpf_ct_release(ct);
  return over;
}

/*
 * A first packet with the addresses and ports of one that has ended begins a new connection, and is judged as one. Tells
 * whether there was one that has ended.
 */
INLINE int begin(struct __sk_buff *skb, struct ends *ends) {
  __u8 direction;
  struct nf_conn *ct = tracked(skb, ends, &direction);
  if (!ct) return 0;
  int over = ct->mark & CLOSED;
  if (over) bpf_ct_change_timeout(ct, 0);
  bpf_ct_release(ct);
  return over;
}

/* Of what is carried: this processor's own, so that no other one counts at the same time. */
INLINE void count_metered(const struct meter *key, __u64 bytes) {
  struct count *count = map_lookup(&meters, key);
  if (!count) {
    map_update(&meters, key, &nothing, BPF_NOEXIST);
    count = map_lookup(&meters, key);
    if (!count) return;
  }
  count->packets++;
  count->bytes += bytes;
}

/* Of packets of keys->passage, which leave. in_ifindex 0: how they came in is not known. */
INLINE void count_flow(struct keys *keys, __u64 bytes, __u8 flags) {
  struct passage *key = &keys->passage;
  struct flow_count *count = map_lookup(&flows, key);
  if (!count) {
    keys->first = (struct flow_count){ 1, bytes, flags };
    if (!map_update(&flows, key, &keys->first, BPF_NOEXIST)) return;
    count = map_lookup(&flows, key);
  }
  if (count) {
    __sync_fetch_and_add(&count->packets, 1);
    __sync_fetch_and_add(&count->bytes, bytes);
    if ((count->flags & flags) != flags) __sync_fetch_and_or(&count->flags, flags);
    return;
  }
  /* There is no room for it. */
  keys->meter = (struct meter){ .netns = key->netns, .way = SKIPPED };
  count_metered(&keys->meter, bytes);
}

INLINE void count_carried(const struct lease *lease, __u64 bytes, __u8 flags) {
  struct keys *keys = map_lookup(&keys_of, &zero);
  if (!keys) return;
  if (lease->way) {
    keys->meter.netns = lease->router;
    /* What answers leaves with the address that the connection is to. */
    keys->meter.address = lease->way == THERE ? lease->in.daddr : lease->out.saddr;
    keys->meter.way = lease->way;
    count_metered(&keys->meter, bytes);
  }
  if (!lease->logged) return;
  keys->passage.netns = lease->router;
  keys->passage.in_ifindex = lease->in_ifindex;
  keys->passage.out_ifindex = lease->out_ifindex;
  keys->passage.in = lease->in;
  keys->passage.out = lease->out;
  count_flow(keys, bytes, TOLD(flags));
}

/* What goes the ordinary way, where it leaves. */
INLINE void count_left(struct __sk_buff *skb, const struct flow *in, __u32 router, const struct headers *h) {
  struct keys *keys = map_lookup(&keys_of, &zero);
  if (!keys) return;
  struct ends out = { h->ip.saddr, h->ip.daddr, h->tcp.source, h->tcp.dest };
  keys->passage.netns = router;
  keys->passage.in_ifindex = in->ifindex;
  keys->passage.out_ifindex = skb->ifindex;
  keys->passage.in = in->ends;
  keys->passage.out = out;
  __u8 flags = FLAGS_OF(&h->tcp);
  count_flow(keys, skb->len - ETH_HLEN, TOLD(flags));
}

INLINE int carry(struct __sk_buff *skb, const struct headers *h, const struct lease *lease) {
  const struct ends *from = &lease->in, *to = &lease->out;
  __u32 addresses = fold32((__u64)(__u32)~from->saddr + (__u32)~from->daddr + (__u64)to->saddr + to->daddr);
  __u32 ports = fold32((__u64)(__u16)~from->sport + (__u16)~from->dport + to->sport + to->dport);
  struct translated {
    __u8 macs[12];
    __be16 protocol;
    struct iphdr ip;
    __be16 sport, dport;
  } __attribute__((packed)) t;
  __builtin_memcpy(&t, h, sizeof t);
  __builtin_memcpy(t.macs, lease->macs, sizeof t.macs);
  t.ip.check = ~fold16((__u64)(__u16)~t.ip.check + addresses + (__u16)~htons(0x100));
  t.ip.ttl--;
  t.ip.saddr = to->saddr;
  t.ip.daddr = to->daddr;
  t.sport = to->sport;
  t.dport = to->dport;
  if (store_bytes(skb, 0, &t, sizeof t, 0)) return TC_ACT_SHOT;
  /* Also right where the checksum is still to be made: it then covers the addresses only. */
  if (from->saddr != to->saddr || from->daddr != to->daddr)
    if (l4_csum_replace(skb, TCP_CHECK, 0, addresses, BPF_F_PSEUDO_HDR)) return TC_ACT_SHOT;
  if (from->sport != to->sport || from->dport != to->dport)
    if (l4_csum_replace(skb, TCP_CHECK, 0, ports, 0)) return TC_ACT_SHOT;
  return redirect_peer(lease->out_ifindex, 0);
}

/* What comes the other way, of what a lease carries. */
INLINE struct flow opposite(const struct lease *lease) {
  struct flow flow = {
    .router = lease->router,
    .ifindex = lease->out_ifindex,
    .ends = { lease->out.daddr, lease->out.saddr, lease->out.dport, lease->out.sport },
  };
  return flow;
}

/* The last segment of this side goes by: the lease of the other learns what will acknowledge it. */
RARE void tell(const struct lease *lease, __u32 last) {
  struct flow flow = opposite(lease);
  struct lease *place = place_of(bucket_of(&flow), &flow), other;
  if (!find(place, &flow, &other) || other.until == 0) return;
  other.told = 1;
  other.last = last;
  put(place, &other);
}

INLINE void end_in(__u32 bucket_at, const struct flow *flow) {
  struct lease *place = place_in(bucket_at, flow), lease;
  if (!find(place, flow, &lease)) return;
  lease.until = LONG_AGO;
  put(place, &lease);
}

/* Two packets at once may have left one in either place. */
INLINE void end_double(__u32 at, const struct flow *flow) {
  if (has_overflown(at)) end_in(FAR(at), flow);
}

/* Its connection is forgotten, and the addresses and ports that it was translated to are anybody's: nothing more is carried. */
RARE void end(__u32 at, const struct flow *flow) {
  end_in(NEAR(at), flow);
  end_double(at, flow);
}

/* Where the program is at work; 0: nobody has said. */
INLINE __u32 router_of(struct __sk_buff *skb) {
  __u32 number = skb->tc_classid;
  __u32 *router = map_lookup(&routers, &number);
  return router ? *router : 0;
}

INLINE int is_logged_wholly(__u32 router) {
  __u32 *what = map_lookup(&logged, &router);
  return what && *what == ALL;
}

INLINE __u32 load_of(const struct load *load, __u64 span) {
  __u64 age = span - load->span;
  return age < COUNT_BITS ? load->firsts >> age : 0;
}

INLINE void count_first(void) {
  struct load *own = map_lookup(&loads, &zero);
  if (!own) return;
  __u64 span = jiffies() >> SPAN;
  own->firsts = load_of(own, span) + 1;
  own->span = span;
}

/* Of this processor and another, taken by chance, the one that is to go on with a first packet. */
INLINE __u32 less_busy(__u32 here, __u32 processors) {
  __u32 there = (here + 1 + chance() % (processors - 1)) % processors;
  const struct load *own = map_lookup(&loads, &zero), *other = map_lookup_at(&loads, &zero, there);
  if (!own || !other) return here;
  __u64 span = jiffies() >> SPAN;
  __u32 theirs = load_of(other, span);
  return load_of(own, span) > theirs + theirs / 4 + AHEAD ? there : here;
}

/* Every link between routers has the same two, of which this is what both begin with. */
INLINE int leads_to_router(const struct __sk_buff *skb) {
  const __u8 *to = (void *)(long)skb->data;
  if ((void *)(to + ETH_HLEN) > (void *)(long)skb->data_end) return 0;
  return *(const __u32 *)to == htonl(0x02cf0000) && to[4] == 0;
}

/*
 * To another router all goes on where it is, which the hash 0 says, whatever processors the link's far end may ask: but for first packets
 * where these are many. They cost more than all others of a connection, and one at a time their order matters to nobody.
 */
INLINE void choose_processor(struct __sk_buff *skb, int is_first) {
  const struct present *present = map_lookup(&presents, &zero);
  if (!present || !leads_to_router(skb)) return;
  __u32 hash = 0;
  if (is_first && present->processors > 1) {
    __u32 here = cpu_number(), there = less_busy(here, present->processors);
    if (there != here) hash = there * present->share + present->share / 2;
  }
  set_hash(skb, hash);
}

/* Of each segment, where it is a bundle. */
INLINE __u32 size_of(const struct __sk_buff *skb, const struct headers *h) {
  return skb->gso_size ? skb->gso_size + sizeof(struct iphdr) + h->tcp.doff * 4 : skb->len - ETH_HLEN;
}

/* Of no host: this net, loopback, many, or all. */
INLINE int is_odd(__be32 address) {
  __u32 first = ntohl(address) >> 24;
  return first == 0 || first == 127 || (first >= 224 && first < 240) || address == 0xffffffff;
}

/* Whether it will leave if the rules let it: the kernel refuses what is of no host's address, is too old or too large. */
INLINE int may_pass(const struct __sk_buff *skb, const struct headers *h) {
  return h->ip.ttl > 1 && size_of(skb, h) <= NOTED_MTU && !is_odd(h->ip.saddr) && !is_odd(h->ip.daddr);
}

INLINE int enter(struct __sk_buff *skb) {
  struct pending *pending = map_lookup(&pendings, &zero);
  if (!pending) return TC_ACT_UNSPEC;
  /* Whatever becomes of this one, the last is no longer on its way. */
  pending->kind = NONE;
  struct headers *h = headers_of(skb);
  struct present *present = map_lookup(&presents, &zero);
  if (!h || !present) return TC_ACT_UNSPEC;
  __u8 flags = FLAGS_OF(&h->tcp);
  struct flow flow = {
    .router = router_of(skb),
    .ifindex = skb->ifindex,
    .ends = { h->ip.saddr, h->ip.daddr, h->tcp.source, h->tcp.dest },
  };
  __u32 at = bucket_of(&flow);
  __u32 now_in = present->generation;
  __u8 kind = flags & RST ? RESET : !(flags & SYN) ? ORDINARY : flags & ACK ? ANSWER : FIRST;
  int stranger = 0;
  if (kind == ORDINARY) {
    struct lease *place = place_of(at, &flow), lease;
    if (find(place, &flow, &lease) && lease.generation == now_in && lease.until > jiffies()) {
      if (h->ip.ttl <= 1 || size_of(skb, h) > lease.mtu) return TC_ACT_UNSPEC;
      int how = flags & FIN ? SAID_LAST : 0;
      if (lease.told && lease.last == NUMBER(h->tcp.ack_seq)) how |= HEARD_LAST;
      if (how) {
        __u32 last = ntohl(h->tcp.seq) + skb->len - (ETH_HLEN + sizeof(struct iphdr) + h->tcp.doff * 4) + 1;
        int state = ended(skb, &flow.ends, how);
        if (how & SAID_LAST) {
          if (state == UNKNOWN) return TC_ACT_UNSPEC;
          if (state != FORGOTTEN) tell(&lease, last);
        }
        /* Once is enough. */
        if (how & HEARD_LAST) lease.told = 0;
        if (state == FORGOTTEN) {
          struct flow back = opposite(&lease);
          lease.until = LONG_AGO;
          end_double(at, &flow);
          end(bucket_of(&back), &back);
        }
        if (how & HEARD_LAST || state == FORGOTTEN) put(place, &lease);
      }
      struct counters *count = map_lookup(&counters, &zero);
      if (count) {
        count->packets++;
        count->bytes += skb->len;
      }
      count_carried(&lease, skb->len - ETH_HLEN, flags);
      return carry(skb, h, &lease);
    }
  }
  if (kind == ORDINARY && flags & FIN) kind = LAST;
  if (present->logs && is_logged_wholly(flow.router) && may_pass(skb, h)) skb->priority = NOTED;
  else if (kind == LAST) return TC_ACT_UNSPEC;
  __be32 seq = h->tcp.seq, ack = h->tcp.ack_seq;
  if (kind == FIRST) {
    count_first();
    /* Who only says that it was another's must not end the other's connection. */
    stranger = !is_known(&flow, now_in);
    if (!stranger) begin(skb, &flow.ends);
  }
  pending->flow = flow;
  pending->bucket = at;
  pending->generation = now_in;
  pending->seq = seq;
  pending->ack = ack;
  pending->kind = kind;
  pending->stranger = stranger;
  pending->logs = present->logs != 0;
  __u32 token = pending->token + CPUS;
  if (token < CPUS) token = CPUS;
  pending->token = token;
  set_hash(skb, token | cpu_number());
  return TC_ACT_UNSPEC;
}

/* The way there, which a first packet has shown, is a lease from its answer on. */
INLINE int confirm(const struct lease *back) {
  struct flow flow = opposite(back);
  __u32 at = bucket_of(&flow);
  struct lease *place = place_of(at, &flow), lease;
  if (!find(place, &flow, &lease) || lease.until != 0 || lease.generation != back->generation) return 0;
  /* It is what is answered here, and not an earlier try by another port. */
  if (lease.out.saddr != back->in.daddr || lease.out.daddr != back->in.saddr) return 0;
  if (lease.out.sport != back->in.dport || lease.out.dport != back->in.sport) return 0;
  lease.until = back->until;
  put(place, &lease);
  if (has_overflown(at)) extend(at, lease.until);
  return 1;
}

INLINE int is_awaited(struct __sk_buff *skb, const struct headers *h, const struct pending *pending) {
  if (pending->kind == NONE || skb->hash != (pending->token | cpu_number())) return 0;
  if (skb->ingress_ifindex != pending->flow.ifindex || router_of(skb) != pending->flow.router) return 0;
  return h->tcp.seq == pending->seq && h->tcp.ack_seq == pending->ack;
}

INLINE int leave(struct __sk_buff *skb, __u8 *of) {
  struct pending *pending = map_lookup(&pendings, &zero);
  struct headers *h = headers_of(skb);
  if (!pending || !h) return TC_ACT_UNSPEC;
  int noted = skb->priority == NOTED || skb->priority == ENTERED;
  struct flow flow = {};
  if (!is_awaited(skb, h, pending)) {
    if (noted) count_left(skb, &flow, router_of(skb), h);
    return TC_ACT_UNSPEC;
  }
  __u8 kind = *of = pending->kind;
  pending->kind = NONE;
  set_hash_invalid(skb);
  flow = pending->flow;
  if (kind == FIRST && pending->stranger) {
    learn(&flow, pending->generation);
    /* It was taken for one more packet of that connection, and judged as such. When it is sent again, it is the first. */
    if (begin(skb, &flow.ends)) return TC_ACT_SHOT;
  }
  if (noted) count_left(skb, &flow, flow.router, h);
  if (kind == LAST) return TC_ACT_UNSPEC;
  if (kind == RESET) {
    ended(skb, &flow.ends, BROKEN_OFF);
    return TC_ACT_UNSPEC;
  }
  if (kind == ORDINARY && is_over(skb, &flow.ends)) return TC_ACT_UNSPEC;
  if (kind == FIRST && !(skb->mark & METERED)) return TC_ACT_UNSPEC;
  __u32 mtu = 0, mark = skb->mark;
  if ((flow.ifindex | skb->ifindex) >> IFINDEX_BITS || !flow.router) return TC_ACT_UNSPEC;
  if (check_mtu(skb, 0, &mtu, 0, 0) < 0) return TC_ACT_UNSPEC;
  h = headers_of(skb);
  if (!h) return TC_ACT_UNSPEC;
  struct lease lease = {
    .until = kind == FIRST ? 0 : jiffies() + LEASE_JIFFIES,
    .logged = pending->logs && map_lookup(&logged, &flow.router),
    .in = flow.ends,
    .out = { h->ip.saddr, h->ip.daddr, h->tcp.source, h->tcp.dest },
    .in_ifindex = flow.ifindex,
    .out_ifindex = skb->ifindex,
    .generation = pending->generation,
    .router = flow.router,
    .mtu = mtu,
    .way = WAY(mark),
  };
  __builtin_memcpy(lease.macs, &h->eth, sizeof lease.macs);
  keep(pending->bucket, &flow, &lease);
  if (kind == FIRST) return TC_ACT_UNSPEC;
  int confirmed = kind == ANSWER && confirm(&lease);
  struct counters *count = map_lookup(&counters, &zero);
  if (count) count->leases += 1 + confirmed;
  return TC_ACT_UNSPEC;
}

SEC("tc") int fast_in(struct __sk_buff *skb) {
  return enter(skb);
}

SEC("tc") int fast_out(struct __sk_buff *skb) {
  __u8 kind = NONE;
  int verdict = leave(skb, &kind);
  choose_processor(skb, kind == FIRST);
  return verdict;
}
