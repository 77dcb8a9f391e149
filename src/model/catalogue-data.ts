/**
 * AWS's own services that interface endpoints can be made for, as a table of names. Facts about AWS; how a row reads is in
 * catalogue.ts. Left out: names with a cell number (timestream.ingest-cell1), which differ from account to account.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
 */

/**
 * com.amazonaws.<region>.<word>. "x+fips" stands for x and x-fips. Names that a service adds to the usual ones, or has
 * instead of them, are in EXCEPTIONS.
 */
export const REGIONAL_SERVICES = `
  access-analyzer+fips account acm+fips acm-pca+fips agreement-marketplace airflow.api+fips airflow.env+fips airflow.ops
  analytics-omics+fips apigateway app-integrations appconfig+fips appconfigdata+fips application-autoscaling
  application-signals applicationinsights appmesh appmesh-envoy-management apprunner apprunner.requests appstream.api
  appstream.streaming appsync-api apptest aps aps-workspaces arsenal-discovery athena auditmanager autoscaling+fips
  autoscaling-plans awsconnector b2bi backup backup-gateway batch bcm-pricing-calculator bedrock bedrock-agent
  bedrock-agent-runtime bedrock-agentcore bedrock-agentcore-control bedrock-data-automation+fips
  bedrock-data-automation-runtime+fips bedrock-runtime billing billingconductor braket cases cassandra+fips ce
  cleanrooms+fips cleanrooms-ml cloudcontrolapi+fips clouddirectory cloudformation+fips cloudhsmv2 cloudtrail
  cognito-idp codeartifact.api codeartifact.repositories codebuild+fips codecommit+fips codeconnections.api codedeploy+fips
  codedeploy-commands-secure codeguru-profiler codeguru-reviewer codepipeline codestar-connections.api codewhisperer
  comprehend+fips comprehendmedical compute-optimizer config+fips connect+fips connect-campaigns console
  control-storage-omics+fips controlcatalog controltower+fips cost-optimization-hub data-servicediscovery+fips databrew+fips
  dataexchange datasync datazone+fips deadline.management deadline.scheduling detective+fips deviceadvisor.iot devops-guru
  dicom-medical-imaging directconnect+fips discovery discovery-marketplace dlm+fips dms+fips drs ds ds-data+fips dsql
  dynamodb+fips dynamodb-streams ebs+fips ec2+fips ec2messages ecr.api ecr.dkr ecs ecs-agent ecs-telemetry eks+fips
  eks-auth eks-proxy elasticache+fips elasticbeanstalk elasticbeanstalk-health elasticfilesystem+fips elasticloadbalancing
  elasticmapreduce+fips email-smtp emr-containers emr-serverless emr-serverless-services.livy emr-serverless.dashboard
  emrwal.prod entityresolution+fips events+fips evs+fips execute-api finspace finspace-api fis+fips fms+fips forecast+fips
  forecastquery+fips frauddetector freetier fsx+fips gamelift gameliftstreams geo.geofencing geo.maps geo.metadata geo.places
  geo.routes geo.tracking git-codecommit+fips glue glue.dashboard grafana grafana-workspace greengrass groundstation+fips
  guardduty+fips guardduty-data+fips healthlake highlander identitystore imagebuilder inspector-scan+fips inspector2+fips
  internetmonitor+fips iot.api iot-fips.api iot.credentials iot.data iot.tunneling.api iot-fips.tunneling.api
  iot.tunneling.data iot-fips.tunneling.data iotfleetwise iotmanagedintegrations.api iotmanagedintegrations-fips.api
  iotroborunner iotsitewise.api iotsitewise.data iottwinmaker.api iottwinmaker.data iotwireless.api ivs.contribute
  kafka+fips kendra kinesis-firehose kinesis-streams+fips kinesisanalytics+fips kms+fips lakeformation lambda launchwizard
  license-manager+fips license-manager-linux-subscriptions+fips license-manager-user-subscriptions+fips lightsail logs
  lookoutequipment lookoutvision lorawan.cups lorawan.lns m2 macie2+fips mail-manager+fips mail-manager-smtp.auth.fips
  mail-manager-smtp.open.fips managedblockchain-query managedblockchain.bitcoin.mainnet managedblockchain.bitcoin.testnet
  mediaconnect mediaconvert+fips medical-imaging memory-db memorydb-fips metering-marketplace mgn
  migrationhub-orchestrator migrationhub-strategy models-v2-lex monitoring mq+fips neptune-graph+fips neptune-graph-data
  network-firewall+fips networkflowmonitor networkflowmonitorreports networkmanager networkmonitor notifications
  notifications-contacts oam observabilityadmin organizations+fips osis outposts panorama
  payment-cryptography.controlplane payment-cryptography.dataplane pca-connector-ad pca-connector-scep pcs+fips
  personalize personalize-events personalize-runtime pi+fips pinpoint pinpoint-sms-voice-v2 pipes+fips pipes-data polly+fips
  pricing.api profile proton q qapps quicksight-website ram+fips rbin+fips rds+fips rds-data redshift+fips
  redshift-data+fips redshift-serverless+fips refactor-spaces rekognition+fips repostspace resource-explorer-2+fips
  resource-groups+fips rolesanywhere+fips rum rum-dataplane runtime-medical-imaging runtime-v2-lex s3 s3-outposts s3tables
  sagemaker-data-science-assistant sagemaker.api+fips sagemaker.featurestore-runtime+fips sagemaker.metrics
  sagemaker.runtime+fips scheduler schemas scn secretsmanager securityagent securityhub+fips securitylake+fips
  serverlessrepo service.user-subscriptions servicecatalog servicecatalog-appregistry servicediscovery+fips servicequotas
  signin snow-device-management sns social-messaging+fips sqs+fips ssm ssm-contacts ssm-incidents+fips ssm-quicksetup
  ssm-sap+fips ssmmessages states storage-omics storagegateway streaming-rekognition+fips sts+fips swf+fips sync-states
  synthetics+fips tagging tags-omics+fips tax textract+fips thinclient.api timestream-influxdb+fips tnb transcribe+fips
  transcribestreaming+fips transfer transfer.server transform transform-custom translate trustedadvisor
  verifiedpermissions+fips voiceid vpc-lattice wafv2+fips wellarchitected wisdom workflows-omics+fips workmail
  workmailmessageflow workspaces workspaces-web+fips xray
`;

/** Services with a name of another form; {region} stands for the region. */
export const OTHER_SERVICES = `
  aws.api.{region}.bcm-data-exports aws.api.{region}.kendra-ranking aws.api.{region}.qbusiness aws.api.{region}.s3files
  aws.api.{region}.s3files-fips aws.sagemaker.{region}.experiments aws.sagemaker.{region}.notebook
  aws.sagemaker.{region}.partner-app aws.sagemaker.{region}.studio com.amazonaws.s3-global.accesspoint
`;

/** Services of the whole partition, offered in this region only. */
export const GLOBAL_SERVICES_REGION = 'us-east-1';
export const GLOBAL_SERVICES = `
  com.amazonaws.cloudfront com.amazonaws.iam com.amazonaws.route53 com.amazonaws.savingsplans
`;

/** Services that a gateway endpoint can be made for as well. */
export const GATEWAY_SERVICES = 's3 dynamodb';

export interface ServiceException {
  /** What stands before ".<region>.vpce.amazonaws.com"; the key's labels in reverse order by default. */
  readonly label?: string;
  /** Private DNS names with {region}; none where the list is empty; "<label>.<region>.amazonaws.com" by default. */
  readonly privateNames?: readonly string[];
  /** False where an endpoint policy cannot be given. */
  readonly policy?: false;
  /** Zones where it cannot be reached by an endpoint: only those that AWS documents. */
  readonly missingZones?: readonly string[];
}

/** By the part of the name behind the region. */
export const EXCEPTIONS: Readonly<Record<string, ServiceException>> = {
  'appmesh-envoy-management': { policy: false },
  'apprunner.requests': { privateNames: [], policy: false },
  'appstream.api': { privateNames: ['appstream2.{region}.amazonaws.com'], policy: false },
  'appstream.streaming': { privateNames: [], policy: false },
  'appsync-api': { privateNames: ['*.appsync-api.{region}.amazonaws.com'] },
  'aps-workspaces': { privateNames: ['aps-workspaces.{region}.amazonaws.com'] },
  'aws.sagemaker.notebook': { label: 'notebook', privateNames: ['*.notebook.{region}.sagemaker.aws'] },
  'aws.sagemaker.studio': { label: 'studio', privateNames: ['*.studio.{region}.sagemaker.aws'] },
  'aws.sagemaker.experiments': { label: 'experiments', privateNames: ['*.experiments.sagemaker.{region}.app.aws'] },
  'aws.sagemaker.partner-app': { label: 'partner-app', privateNames: ['*.partner-app.sagemaker.{region}.app.aws'] },
  awsconnector: { policy: false },
  'codeartifact.api': { privateNames: ['codeartifact.{region}.amazonaws.com'] },
  'codeartifact.repositories': { label: 'd.codeartifact', privateNames: ['*.d.codeartifact.{region}.amazonaws.com'] },
  'com.amazonaws.s3-global.accesspoint': {
    label: 'accesspoint.s3-global',
    privateNames: ['*.accesspoint.s3-global.amazonaws.com'],
  },
  'com.amazonaws.cloudfront': { label: 'cloudfront', privateNames: ['cloudfront.amazonaws.com'] },
  'com.amazonaws.iam': { label: 'iam', privateNames: ['iam.amazonaws.com'] },
  'com.amazonaws.route53': { label: 'route53', privateNames: ['route53.amazonaws.com'] },
  'com.amazonaws.savingsplans': { label: 'savingsplans', privateNames: ['savingsplans.amazonaws.com'] },
  'codeconnections.api': { privateNames: ['codeconnections.{region}.amazonaws.com'] },
  'codestar-connections.api': { privateNames: ['codestar-connections.{region}.amazonaws.com'] },
  console: { privateNames: ['{region}.console.aws.amazon.com'] },
  dsql: { privateNames: ['dsql.{region}.api.aws'] },
  'dynamodb-streams': { privateNames: ['streams.dynamodb.{region}.amazonaws.com'] },
  'iot.api': { privateNames: ['iot.{region}.amazonaws.com'] },
  'metering-marketplace': { privateNames: ['metering.marketplace.{region}.amazonaws.com'] },
  'pinpoint-sms-voice-v2': { privateNames: ['sms-voice.{region}.amazonaws.com'] },
  'service.user-subscriptions': { privateNames: ['service.user-subscriptions.{region}.amazonaws.com'] },
  signin: { privateNames: ['{region}.signin.aws.amazon.com'] },
  'ecr.api': { privateNames: ['api.ecr.{region}.amazonaws.com', 'ecr.{region}.api.aws'] },
  'ecr.dkr': { privateNames: ['*.dkr.ecr.{region}.amazonaws.com', '*.dkr-ecr.{region}.on.aws'] },
  'ecs-agent': { label: 'ecs-a' },
  'ecs-telemetry': { label: 'ecs-t' },
  'email-smtp': {
    policy: false,
    missingZones: ['use1-az2', 'use1-az3', 'use1-az5', 'usw1-az2', 'usw2-az4', 'apne2-az4'],
  },
  'emr-serverless-services.livy': { privateNames: ['*.livy.emr-serverless-services.{region}.amazonaws.com'] },
  'execute-api': { privateNames: ['*.execute-api.{region}.amazonaws.com'] },
  'grafana-workspace': { privateNames: ['*.grafana-workspace.{region}.amazonaws.com'] },
  'iot.credentials': { privateNames: [] },
  'iot.data': { privateNames: [] },
  'kinesis-firehose': { label: 'firehose' },
  'kinesis-streams': { label: 'kinesis' },
  'kinesis-streams-fips': { label: 'kinesis-fips' },
  monitoring: {
    privateNames: [
      'monitoring.{region}.amazonaws.com',
      'monitoring.{region}.api.aws',
      'monitoring-fips.{region}.amazonaws.com',
      'monitoring-fips.{region}.api.aws',
    ],
  },
  s3: {
    privateNames: [
      '*.s3.{region}.amazonaws.com',
      '*.s3-accesspoint.{region}.amazonaws.com',
      '*.s3-control.{region}.amazonaws.com',
    ],
  },
  ssm: { privateNames: ['ssm.{region}.amazonaws.com', 'ssm.{region}.api.aws'] },
  'transfer.server': { policy: false },
};

/** Public hosted zones of "<region>.vpce.amazonaws.com", which alias records name. */
export const HOSTED_ZONES: Readonly<Record<string, string>> = {
  'af-south-1': 'Z09302161J80N9A7UTP7U',
  'ap-east-1': 'Z2LIHJ7PKBEMWN',
  'ap-northeast-1': 'Z2E726K9Y6RL4W',
  'ap-northeast-2': 'Z27UANNT0PRK1T',
  'ap-northeast-3': 'Z376B5OMM2JZL2',
  'ap-south-1': 'Z2KVTB3ZLFM7JR',
  'ap-south-2': 'Z0952991RWSF5AHIQDIY',
  'ap-southeast-1': 'Z18LLCSTV4NVNL',
  'ap-southeast-2': 'ZDK2GCRPAFKGO',
  'ap-southeast-3': 'Z03881013RZ9BYYZO8N5W',
  'ap-southeast-4': 'Z07508191CO1RNBX3X3AU',
  'ca-central-1': 'ZRCXCF510Y6P9',
  'eu-central-1': 'Z273ZU8SZ5RJPC',
  'eu-central-2': 'Z045369019J4FUQ4S272E',
  'eu-north-1': 'Z3OWWK6JFDEDGC',
  'eu-south-1': 'Z2A5FDNRLY7KZG',
  'eu-south-2': 'Z014396544HENR57XQCJ',
  'eu-west-1': 'Z38GZ743OKFT7T',
  'eu-west-2': 'Z7K1066E3PUKB',
  'eu-west-3': 'Z1DWHTMFP0WECP',
  'me-central-1': 'Z07122992YCEUCB9A9570',
  'me-south-1': 'Z3B95P3VBGEQGY',
  'sa-east-1': 'Z2LXUWEVLCVZIB',
  'us-east-1': 'Z7HUB22UULQXV',
  'us-east-2': 'ZC8PG0KIFKBRI',
  'us-west-1': 'Z12I86A8N7VCZO',
  'us-west-2': 'Z1YSA3EXCYUU9Z',
};
