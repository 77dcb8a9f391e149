// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Proxy Protocol at the links of a load balancer's router: what a listener spreads to a target begins with a header of 100 bytes
 * that says who the client is. The header is a segment of its own, which takes the place of the client's bare acknowledgements and
 * goes before each of its segments with data until the target has acknowledged it; all that the client sends after its first
 * packet is numbered 100 higher for the target, all that the target acknowledges 100 lower for the client. So the client's
 * own stream stays as it was, whatever is lost or comes in another order, and no segment grows.
 *
 * Which connections, and how far they are, two bits of the tracked connection's mark say; the header is kept by its first packet
 * until it is acknowledged. Without it nothing passes: a target never sees a connection without a header. Tracking, and the
 * fast path, which leaves these connections alone, see the client's numbers only.
 *
 * Terms: see link-programs.bpf.h. `npm run bpf` makes the object. Read haproxy.org/download/2.8/doc/proxy-protocol.txt, RFC 9293.
 */
#include "link-programs.bpf.h"

static long (*const load_bytes)(const void *, __u32 offset, void *to, __u32 length) = (void *)BPF_FUNC_skb_load_bytes;
static long (*const change_tail)(struct __sk_buff *, __u32 length, __u64 flags) = (void *)BPF_FUNC_skb_change_tail;
static long (*const set_hash)(struct __sk_buff *, __u32 hash) = (void *)BPF_FUNC_set_hash;
static long (*const clone_redirect)(struct __sk_buff *, __u32 ifindex, __u64 flags) = (void *)BPF_FUNC_clone_redirect;
static __s64 (*const csum_diff)(const void *from, __u32 from_size, const void *to, __u32 to_size, __u32 seed) =
    (void *)BPF_FUNC_csum_diff;

union nf_inet_addr {
  __be32 ip;
} KERNEL;
union nf_conntrack_man_proto {
  __be16 all;
} KERNEL;
struct nf_conntrack_man {
  union nf_inet_addr u3;
  union nf_conntrack_man_proto u;
} KERNEL;
struct nf_conntrack_tuple {
  struct nf_conntrack_man src;
  struct {
    union nf_inet_addr u3;
    union {
      __be16 all;
    } u;
  } dst;
} KERNEL;
struct nf_conntrack_tuple_hash {
  struct nf_conntrack_tuple tuple;
} KERNEL;
struct nf_conn {
  struct nf_conntrack_tuple_hash tuplehash[2];
  unsigned long status;
  __u32 mark;
} KERNEL;

#define HEADER_BYTES 100
#define ID_BYTES 22
/* Bits of a tracked connection's mark, below those of the fast path: it has a header; the target has acknowledged it. */
#define HEADED (1u << 28)
#define ACKNOWLEDGED (1u << 29)
/* Of a tracked connection's status (IPS_SEEN_REPLY): it is older than this first packet. */
#define SEEN_REPLY 2
/* Marks of copies: to become a header; to go as it is. */
#define TO_HEADER 0x50503200
#define AS_IT_IS 0x50503201
#define REPLY 1
#define OWN_NETNS -1

/* As the target's packets name a connection, at one router. */
struct key {
  struct ends ends;
  __u32 router;
};

struct handshake {
  /* The client's first number that is of its stream. */
  __u32 first;
  __u8 header[HEADER_BYTES];
};

struct front {
  __be32 address;
  __be16 port, zero;
  __u32 router;
};

/* Whom the client asked: the router itself, by a crossing another one, or the router by an endpoint of its own. */
enum way { DIRECT, CROSSED, OWN };

struct listener {
  __u32 way;
  /* What the target is told that the client asked for; 0: what it did. */
  __be32 told;
  /* Of its own endpoint. */
  __u8 id[ID_BYTES];
};

/* A consumer's, at one router. */
struct link {
  __be32 address;
  __u32 router;
};

/* By which endpoint a connection came, and in which namespace, as the router's own numbers it, it began. */
struct passage {
  __s32 netns;
  __u8 id[ID_BYTES];
};

#define MAP(name, map_type, entries, key_type, value_type) \
  struct { \
    int (*type)[map_type]; \
    int (*max_entries)[entries]; \
    key_type *key; \
    value_type *value; \
  } name SEC(".maps")

/* First packets whose header is not acknowledged yet; an older one that has to go can only be begun anew. */
MAP(handshakes, BPF_MAP_TYPE_LRU_HASH, 16384, struct key, struct handshake);
/* Addresses and ports that targets of such a listener are behind. */
MAP(fronts, BPF_MAP_TYPE_HASH, 16384, struct front, struct listener);
MAP(passages, BPF_MAP_TYPE_HASH, 65536, struct link, struct passage);
/* CRC32C's table (RFC 3720, appendix B.4), which user space fills. */
MAP(crc_table, BPF_MAP_TYPE_ARRAY, 256, __u32, __u32);

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
#define FLAGS_OF(tcp) (((__u8 *)(tcp))[13])

struct headers {
  struct ethhdr eth;
  struct iphdr ip;
  struct tcphdr tcp;
} __attribute__((packed));

#define IP_AT ((__u32)sizeof(struct ethhdr))
#define TCP_AT ((__u32)(sizeof(struct ethhdr) + sizeof(struct iphdr)))
#define AT(field) (TCP_AT + (__u32)__builtin_offsetof(struct tcphdr, field))
#define SEQ_AT (TCP_AT + 4)
#define ACK_AT (TCP_AT + 8)
#define FLAGS_AT (TCP_AT + 13)

enum kind { OTHER, ODD, PLAIN };

/* ODD: TCP that cannot be read here, as it has IP options or is in pieces. */
INLINE enum kind read_headers(struct __sk_buff *skb, struct headers **found) {
  struct headers *h = (void *)(long)skb->data;
  *found = h;
  if ((void *)(h + 1) > (void *)(long)skb->data_end) return OTHER;
  if (h->eth.h_proto != htons(ETH_P_IP) || h->ip.protocol != IPPROTO_TCP) return OTHER;
  return *(__u8 *)&h->ip != 0x45 || h->ip.frag_off & htons(0x3fff) ? ODD : PLAIN;
}

INLINE __u16 fold16(__u64 sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xffff) + (sum >> 16);
}

INLINE struct nf_conn *tracked(struct __sk_buff *skb, __s32 netns, const struct ends *ends) {
  struct ct_options options = { .netns = netns, .protocol = IPPROTO_TCP };
  struct nf_conn *ct = bpf_skb_ct_lookup(skb, (void *)ends, sizeof *ends, &options, sizeof options);
  if (!ct) return 0;
  if (options.direction == REPLY) return ct;
  bpf_ct_release(ct);
  return 0;
}

/* As the client's packets name the connection. */
INLINE struct ends asked(struct nf_conn *ct) {
  struct ends ends = {
    .saddr = ct->tuplehash[0].tuple.src.u3.ip,
    .daddr = ct->tuplehash[0].tuple.dst.u3.ip,
    .sport = ct->tuplehash[0].tuple.src.u.all,
    .dport = ct->tuplehash[0].tuple.dst.u.all,
  };
  return ends;
}

INLINE struct ends reversed(struct ends ends) {
  struct ends other = { .saddr = ends.daddr, .daddr = ends.saddr, .sport = ends.dport, .dport = ends.sport };
  return other;
}

/* See proxy-protocol.ts, which writes the same. */
INLINE int write_header(__u8 *header, struct ends ends, const __u8 *id) {
  /* The signature; version 2 and PROXY, TCP over IPv4, the length of the rest. */
  const __be32 start[4] = { htonl(0x0d0a0d0a), htonl(0x000d0a51), htonl(0x5549540a), htonl(0x21110054) };
  __builtin_memset(header, 0, HEADER_BYTES);
  __builtin_memcpy(header, start, sizeof start);
  __builtin_memcpy(header + 16, &ends, 12);
  header[28] = 0x03;
  header[30] = 4;
  if (id) {
    header[35] = 0xea;
    header[37] = 1 + ID_BYTES;
    header[38] = 0x01;
    __builtin_memcpy(header + 39, id, ID_BYTES);
    header[39 + ID_BYTES] = 0x04;
    header[41 + ID_BYTES] = HEADER_BYTES - 42 - ID_BYTES;
  } else {
    header[35] = 0x04;
    header[37] = HEADER_BYTES - 38;
  }
  __u32 crc = ~0;
  for (int at = 0; at < HEADER_BYTES; at++) {
    __u32 index = (crc ^ header[at]) & 0xff;
    __u32 *entry = map_lookup(&crc_table, &index);
    if (!entry) return 0;
    crc = crc >> 8 ^ *entry;
  }
  crc = htonl(~crc);
  __builtin_memcpy(header + 31, &crc, 4);
  return 1;
}

/* The client's first packet to a target: whose it is, is found out and kept. */
INLINE int begin(struct __sk_buff *skb, const struct headers *h, struct key *key) {
  __u32 bare = skb->len == TCP_AT + h->tcp.doff * 4;
  struct handshake handshake = { .first = htonl(h->tcp.seq) + 1 };
  struct nf_conn *ct = tracked(skb, OWN_NETNS, &key->ends);
  if (!ct) return TC_ACT_UNSPEC;
  struct ends ends = asked(ct);
  struct front front = { .address = ends.daddr, .port = ends.dport, .router = key->router };
  struct listener *listener = map_lookup(&fronts, &front);
  /* From here on nothing passes without: not where the header has to go before the target answers, either. */
  if (listener && !(ct->status & SEEN_REPLY)) ct->mark |= HEADED;
  bpf_ct_release(ct);
  if (!listener) return TC_ACT_UNSPEC;
  /* Data with it would come before the header. */
  if (!bare) return TC_ACT_SHOT;
  const __u8 *id = listener->way == OWN ? listener->id : 0;
  if (listener->told) ends.daddr = listener->told;
  if (listener->way == CROSSED) {
    struct link link = { .address = ends.saddr, .router = key->router };
    struct passage *passage = map_lookup(&passages, &link);
    if (!passage) return TC_ACT_SHOT;
    struct ends there = reversed(ends);
    ct = tracked(skb, passage->netns, &there);
    if (!ct) return TC_ACT_SHOT;
    ends = asked(ct);
    bpf_ct_release(ct);
    id = passage->id;
  }
  if (!write_header(handshake.header, ends, id)) return TC_ACT_SHOT;
  return map_update(&handshakes, key, &handshake, BPF_ANY) ? TC_ACT_SHOT : TC_ACT_OK;
}

/* Of the client's packet stay addresses, acknowledgement, window and options. */
INLINE int become_header(struct __sk_buff *skb, const struct key *key) {
  struct handshake *handshake = map_lookup(&handshakes, key);
  struct headers *h;
  if (!handshake || read_headers(skb, &h) != PLAIN) return TC_ACT_SHOT;
  __u32 tcp_bytes = h->tcp.doff * 4;
  if (tcp_bytes < sizeof(struct tcphdr)) return TC_ACT_SHOT;
  if (change_tail(skb, TCP_AT + tcp_bytes + HEADER_BYTES, 0)) return TC_ACT_SHOT;
  if (store_bytes(skb, TCP_AT + tcp_bytes, handshake->header, HEADER_BYTES, 0)) return TC_ACT_SHOT;
  if (read_headers(skb, &h) != PLAIN) return TC_ACT_SHOT;
  struct iphdr ip = h->ip;
  ip.tot_len = htons((__u16)(sizeof ip + tcp_bytes + HEADER_BYTES));
  ip.check = 0;
  ip.check = ~fold16(csum_diff(0, 0, &ip, sizeof ip, 0));
  if (store_bytes(skb, IP_AT, &ip, sizeof ip, 0)) return TC_ACT_SHOT;
  __be32 seq = htonl(handshake->first);
  __u8 flags = ACK | PSH;
  __be16 check = htons(1);
  if (store_bytes(skb, SEQ_AT, &seq, sizeof seq, 0)) return TC_ACT_SHOT;
  if (store_bytes(skb, FLAGS_AT, &flags, sizeof flags, 0)) return TC_ACT_SHOT;
  if (store_bytes(skb, AT(check), &check, sizeof check, 0)) return TC_ACT_SHOT;
  /* Changes nothing where the checksum is still to be made: what is there then covers the addresses only. */
  if (l4_csum_replace(skb, AT(check), 0, 1, 0)) return TC_ACT_SHOT;
  if (load_bytes(skb, AT(check), &check, sizeof check)) return TC_ACT_SHOT;
  __u64 sum = (__u64)ip.saddr + ip.daddr + htons(IPPROTO_TCP) + htons((__u16)(tcp_bytes + HEADER_BYTES));
  if (check == htons(1)) {
    check = fold16(sum);
  } else {
    __u8 tcp[60] = {};
    __u32 length = tcp_bytes & 63;
    if (length < sizeof(struct tcphdr) || length > sizeof tcp) return TC_ACT_SHOT;
    if (load_bytes(skb, TCP_AT, tcp, length)) return TC_ACT_SHOT;
    tcp[16] = tcp[17] = 0;
    sum += (__u32)csum_diff(0, 0, tcp, sizeof tcp, 0);
    sum += (__u32)csum_diff(0, 0, (__be32 *)handshake->header, HEADER_BYTES, 0);
    check = ~fold16(sum);
  }
  return store_bytes(skb, AT(check), &check, sizeof check, 0) ? TC_ACT_SHOT : TC_ACT_OK;
}

INLINE int put(struct __sk_buff *skb, __u32 at, __be32 from, __be32 to) {
  return l4_csum_replace(skb, AT(check), from, to, 4) || store_bytes(skb, at, &to, sizeof to, 0);
}

INLINE int leave(struct __sk_buff *skb) {
  struct headers *h;
  enum kind kind = read_headers(skb, &h);
  if (kind == OTHER) return TC_ACT_UNSPEC;
  if (kind == ODD) return TC_ACT_SHOT;
  struct key key = {
    .ends = { h->ip.daddr, h->ip.saddr, h->tcp.dest, h->tcp.source },
    .router = skb->tc_classid,
  };
  if (skb->mark == TO_HEADER) {
    skb->mark = 0;
    return become_header(skb, &key);
  }
  if (skb->mark == AS_IT_IS) {
    skb->mark = 0;
    return TC_ACT_OK;
  }
  __u8 flags = FLAGS_OF(&h->tcp);
  if ((flags & (SYN | ACK)) == SYN) return begin(skb, h, &key);
  struct nf_conn *ct = tracked(skb, OWN_NETNS, &key.ends);
  if (!ct) return TC_ACT_UNSPEC;
  __u32 mark = ct->mark;
  bpf_ct_release(ct);
  if (!(mark & HEADED)) return TC_ACT_UNSPEC;
  if (!(mark & ACKNOWLEDGED)) {
    if (skb->len == TCP_AT + h->tcp.doff * 4 && !(flags & (FIN | RST))) return become_header(skb, &key);
    __u32 before = skb->mark;
    /* The target takes a reset of the next number only, and whether it has the header is not known: it gets both. */
    skb->mark = flags & RST ? AS_IT_IS : TO_HEADER;
    long failed = clone_redirect(skb, skb->ifindex, 0);
    skb->mark = before;
    if (failed || read_headers(skb, &h) != PLAIN) return TC_ACT_SHOT;
  }
  __be32 seq = h->tcp.seq;
  return put(skb, SEQ_AT, seq, htonl(htonl(seq) + HEADER_BYTES)) ? TC_ACT_SHOT : TC_ACT_OK;
}

/* `by` lower; null: to nothing, as what they say the client cannot know yet. */
INLINE int shift_sacks(struct __sk_buff *skb, __u32 tcp_bytes, int known) {
  __u32 at = sizeof(struct tcphdr);
  for (int turn = 0; turn < 40; turn++) {
    __u8 option[2];
    if (at + 2 > tcp_bytes) return 0;
    if (load_bytes(skb, TCP_AT + at, option, 2)) return -1;
    if (option[0] == 0) return 0;
    if (option[0] == 1) {
      at++;
      continue;
    }
    __u32 length = option[1];
    if (length < 2 || at + length > tcp_bytes) return 0;
    if (option[0] != 5) {
      at += length;
      continue;
    }
    for (int edge = 0; edge < 8; edge++) {
      __u32 edge_at = at + 2 + 4 * edge;
      if (edge_at + 4 > at + length) break;
      __be32 from, to;
      if (load_bytes(skb, TCP_AT + edge_at, &from, 4)) return -1;
      to = known ? htonl(htonl(from) - HEADER_BYTES) : htonl(0x01010101);
      __u32 difference = csum_diff(&from, 4, &to, 4, 0);
      if (edge_at & 1) difference = htons(fold16(difference));
      if (l4_csum_replace(skb, AT(check), 0, difference, 0)) return -1;
      if (store_bytes(skb, TCP_AT + edge_at, &to, 4, 0)) return -1;
    }
    if (known) return 0;
    __be16 from, to = htons(0x0101);
    if (load_bytes(skb, TCP_AT + at, &from, 2)) return -1;
    __u32 difference = (__u32)to + (__u16)~from;
    if (at & 1) difference = htons(fold16(difference));
    return l4_csum_replace(skb, AT(check), 0, difference, 0) || store_bytes(skb, TCP_AT + at, &to, 2, 0);
  }
  return 0;
}

/* What the header takes of the target's room, the client must not. */
INLINE int narrow(struct __sk_buff *skb, __be16 from) {
  __u16 window = htons(from);
  __be16 to = htons((__u16)(window > HEADER_BYTES ? window - HEADER_BYTES : 0));
  return l4_csum_replace(skb, AT(check), from, to, 2) || store_bytes(skb, AT(window), &to, sizeof to, 0);
}

INLINE int enter(struct __sk_buff *skb) {
  struct headers *h;
  if (read_headers(skb, &h) != PLAIN) return TC_ACT_UNSPEC;
  struct key key = {
    .ends = { h->ip.saddr, h->ip.daddr, h->tcp.source, h->tcp.dest },
    .router = skb->tc_classid,
  };
  __u8 flags = FLAGS_OF(&h->tcp);
  struct nf_conn *ct = tracked(skb, OWN_NETNS, &key.ends);
  if (!ct) return TC_ACT_UNSPEC;
  __u32 mark = ct->mark;
  int begins = (flags & (SYN | ACK)) == (SYN | ACK) && map_lookup(&handshakes, &key);
  if (begins) ct->mark = (mark | HEADED) & ~ACKNOWLEDGED;
  if (flags & SYN) {
    bpf_ct_release(ct);
    if (begins) return narrow(skb, h->tcp.window) ? TC_ACT_SHOT : TC_ACT_OK;
    return mark & HEADED ? TC_ACT_SHOT : TC_ACT_UNSPEC;
  }
  if (!(mark & HEADED)) {
    bpf_ct_release(ct);
    return TC_ACT_UNSPEC;
  }
  if (flags & RST || !(flags & ACK)) {
    bpf_ct_release(ct);
    return TC_ACT_OK;
  }
  __u32 tcp_bytes = h->tcp.doff * 4;
  __be32 ack = h->tcp.ack_seq;
  __be16 window = h->tcp.window;
  if (!(mark & ACKNOWLEDGED)) {
    struct handshake *handshake = map_lookup(&handshakes, &key);
    if (!handshake) {
      bpf_ct_release(ct);
      return TC_ACT_SHOT;
    }
    __be32 first = htonl(handshake->first);
    if ((__s32)(htonl(ack) - handshake->first) < HEADER_BYTES) {
      bpf_ct_release(ct);
      if (ack != first && put(skb, ACK_AT, ack, first)) return TC_ACT_SHOT;
      if (shift_sacks(skb, tcp_bytes, 0)) return TC_ACT_SHOT;
      return narrow(skb, window) ? TC_ACT_SHOT : TC_ACT_OK;
    }
    ct->mark = mark | ACKNOWLEDGED;
  }
  bpf_ct_release(ct);
  if (put(skb, ACK_AT, ack, htonl(htonl(ack) - HEADER_BYTES))) return TC_ACT_SHOT;
  return shift_sacks(skb, tcp_bytes, 1) ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("tc") int header_in(struct __sk_buff *skb) {
  return enter(skb);
}

SEC("tc") int header_out(struct __sk_buff *skb) {
  int verdict = leave(skb);
  /* No other program sees it: it goes on where it is, whatever number it came with (choose_processor in fast-path.bpf.c). */
  if (verdict == TC_ACT_OK) set_hash(skb, 0);
  return verdict;
}
