/** Words that cannot name a table without quotes, in standard SQL, PostgreSQL or DuckDB, and names that queries use. */
export const reserved: ReadonlySet<string> = new Set(
  `abs all allocate alter analyse analyze and any are array array_agg as asc asensitive asof asymmetric at atomic
  authorization avg begin between bigint binary blob boolean both by call called cardinality cascaded case cast ceil
  ceiling char character check clob close coalesce collate collation collect column columns commit concurrently condition
  connect constraint contains convert corr corresponding count create cross cube current current_catalog current_date
  current_role current_schema current_time current_timestamp current_user cursor cycle date day deallocate dec decimal
  declare default deferrable delete dense_rank deref desc describe deterministic disconnect distinct do double drop
  dynamic each element else end equals escape every except exec execute exists exp external extract false fetch filter
  first_value float floor for foreign frame_row free freeze from full function fusion generated get glob global grant
  group grouping groups having hold hour identity ilike in indicator initial initially inner inout insensitive insert int
  integer intersect intersection interval into is isnull join lambda language large last_value lateral lead leading left
  like limit list listagg ln local localtime localtimestamp lower macro map match max member merge method min minute mod
  modifies module month multiset natural nchar nclob new no none normalize not notnull nth_value ntile null nullif
  numeric octet_length of offset old omit on only open or order out outer over overlaps overlay parameter partition
  percent percent_rank period pivot pivot_longer pivot_wider placing position positional power precedes precision prepare
  primary procedure qualify range rank reads real recursive ref references referencing release replace result return
  returning returns revoke right rollback rollup row row_number rows sample savepoint schema scope scroll search second
  select semi sensitive session_user set show similar smallint some specific sql sqlexception sqlstate sqlwarning sqrt
  start static struct submultiset subset substring succeeds sum summarize symmetric system system_user table tablesample
  then time timestamp timezone_hour timezone_minute to trailing translate translation treat trigger trim true truncate
  try_cast uescape union unique unknown unnest unpivot update upper user using values varbinary varchar variadic
  varying verbose view when whenever where width_bucket window with within without year
  sizes checked results samples parameters found levels output problem problems`.split(/\s+/),
)
