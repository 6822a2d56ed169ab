<?php
// PHP's SoapClient, by the WSDL alone. Parameters come as variables of their own names; what it understood goes out as JSON.

$call = [];
foreach (['Token', 'Pattern', 'DefaultDetail', 'Details', 'Phones', 'SmsType', 'PostFixNumber', 'SendTime'] as $name) {
    $call[$name] = getenv($name);
}

function fields(object $answer): array
{
    $fields = [];
    foreach (['RetCode', 'Message', 'CommonJobID', 'SpecialJobIDs', 'TotalSendCount', 'ErrorPhones'] as $name) {
        $value = $answer->ROOT->$name ?? null;
        $fields[$name] = $value === null ? null : (string) $value;
    }
    return $fields;
}

$seen = [];
foreach (['soap11' => SOAP_1_1, 'soap12' => SOAP_1_2] as $binding => $version) {
    $client = new SoapClient(getenv('WSDL'), ['soap_version' => $version, 'cache_wsdl' => WSDL_CACHE_NONE]);
    $own = ['Pattern' => $call['Pattern'] . $binding] + $call;
    $seen[$binding]['sucess'] = fields($client->CustomSend($own));
    $seen[$binding]['faild'] = fields($client->CustomSend(['Token' => 'bad'] + $own));
    try {
        $client->CustomSend(['Details' => str_repeat('x', 4200000)] + $own);
    } catch (SoapFault $fault) {
        $seen[$binding]['fault'] = "$fault->faultcode $fault->faultstring";
    }
}
echo json_encode($seen);
