import type { Declaration } from './types.ts';

/** The network. */
export const NET: readonly Declaration[] = [
  ['struct net', 'init_net'],
  [
    'struct list_head',
    'net_namespace_list proto_list ptype_all rtnl_link_ops pernet_list act_base act_pernet_id_list \
     cpu_map_flush_list dcb_app_list fanout_list flow_block_indr_list net_todo_list \
     qdisc_stab_list xskmap_flush_list',
  ],
  ['struct list_head [*]', 'ptype_base'],
  [
    'int',
    'ip_rt_max_size dev_rx_weight dev_tx_weight dev_weight_rx_bias dev_weight_tx_bias \
     gro_normal_batch inet_peer_maxttl inet_peer_minttl inet_peer_threshold netdev_budget \
     netdev_flow_limit_table_len netdev_max_backlog netdev_tstamp_prequeue \
     netdev_unregister_timeout_secs sysctl_max_skb_frags sysctl_mld_max_msf sysctl_mld_qrv \
     sysctl_optmem_max sysctl_tcp_max_orphans',
  ],
  ['struct inet_hashinfo', 'tcp_hashinfo'],
  ['struct udp_table', 'udp_table udplite_table'],
  ['const struct net_proto_family *[*]', 'net_families'],
  ['struct net_protocol *[256]', 'inet_protos'],
  ['struct neigh_table *[*]', 'neigh_tables'],
  ['struct neigh_table', 'arp_tbl nd_tbl'],
  ['struct proto', 'tcp_prot udp_prot unix_dgram_proto unix_stream_proto'],
  ['__u32', 'sysctl_rmem_default sysctl_rmem_max sysctl_wmem_default sysctl_wmem_max'],
  ['atomic_long_t', 'tcp_memory_allocated udp_memory_allocated'],
  ['atomic_t', 'genl_sk_destructing_cnt netstamp_needed_deferred netstamp_wanted'],
  [
    'const struct in6_addr',
    'in6addr_any in6addr_interfacelocal_allnodes in6addr_interfacelocal_allrouters \
     in6addr_linklocal_allnodes in6addr_linklocal_allrouters in6addr_loopback \
     in6addr_sitelocal_allrouters',
  ],
  ['struct Qdisc', 'noop_qdisc'],
  ['struct blocking_notifier_head', 'inetaddr_chain inetaddr_validator_chain netlink_chain'],
  ['struct kmem_cache *', 'skbuff_ext_cache skbuff_fclone_cache skbuff_head_cache sn_cache'],
  ['struct llist_head', 'fqdir_free_list'],
  ['struct net_device *', 'blackhole_netdev'],
  ['struct netlink_table *', 'nl_table'],
  ['struct percpu_counter', 'tcp_sockets_allocated'],
  ['struct ratelimit_state', 'net_ratelimit_state'],
  ['struct raw_hashinfo', 'raw_v4_hashinfo raw_v6_hashinfo'],
  ['struct vfsmount *', 'sock_mnt'],
  [
    'unsigned int',
    'netdev_budget_usecs sysctl_fib_sync_mem sysctl_fib_sync_mem_max sysctl_fib_sync_mem_min \
     sysctl_net_busy_poll sysctl_net_busy_read sysctl_skb_defer_max unix_tot_inflight',
  ],
  ['unsigned long', 'tcp_memory_pressure thash_entries uhash_entries'],
];
